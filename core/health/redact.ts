/** Takes out of foreign text what must never stand in evidence, a log or a report (I4), and makes one short line of it. */

/** Characters that are looked at. Every pattern below is bounded or consumes what it reads, so that time grows with them and no faster. */
const MOST_READ = 20_000;

/** In double or single quotes, to their end or the text's; else to the next white space, without a list's punctuation. */
const VALUE = String.raw`(?:"(?:\\.|[^"\\])*(?:"|$)|'(?:\\.|[^'\\])*(?:'|$)|\S+?(?=[,;&]?(?:\s|$)))`;
const KEY = '(?:password|passwd|passphrase|pwd|(?<![a-z])pass(?![a-z])|secret|token|credential|cookie|(?:api|access|private)[_-]?key)';
const KEY_BEFORE_SPACE = '(?:password|passwd|passphrase|pwd|(?<=-)pass|secret|token|(?:api|access)[_-]?key)';
const SEPARATOR = String.raw`\s{0,3}(?:=>|:=|[:=>])\s{0,3}`;
/** Words that follow "token" or "password" in a sentence: alone, none of them is a secret. */
const PROSE = String.raw`(?:is|was|are|not|for|of|in|on|and|or|has|must|from|to|with|file|failed|included|expired|invalid|required|missing|wrong|incorrect)[.,;:]?(?:\s|$)`;

/** Pattern and what is left of it, while lines still end. */
const OF_LINES: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g, '[redacted]'],
  [/\b((?:set-)?cookie["']?[^\S\r\n]{0,3}[:=][^\S\r\n]{0,3})(?=\S)[^\r\n]+/gi, '$1[redacted]'],
  [
    /\b(authorization["']?[^\S\r\n]{0,3}[:=][^\S\r\n]{0,3}["']?(?:(?:bearer|basic|digest|negotiate|token)[^\S\r\n])?)(?=\S)[^\r\n]+/gi,
    '$1[redacted]',
  ],
];

const OF_ONE_LINE: readonly (readonly [RegExp, string])[] = [
  // Credentials of AWS, tokens of the web, and whatever calls itself secret.
  [/\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g, '[redacted]'],
  [/\beyJ[A-Za-z0-9._-]{8,}/g, '[redacted]'],
  [/\b(bearer\s|basic\s(?=\S{8}))[A-Za-z0-9+/._~-]+=*/gi, '$1[redacted]'],
  [new RegExp(String.raw`(${KEY}[\w-]{0,30}\\?["']?${SEPARATOR})${VALUE}`, 'gi'), '$1[redacted]'],
  [new RegExp(String.raw`(${KEY_BEFORE_SPACE}["']?\s(?:is\s|was\s)?)(?!${PROSE}|[:=]|\[redacted)${VALUE}`, 'gi'), '$1[redacted]'],
  // `user:password@host` without a scheme.
  [/(?<![^\s"'=(<])([\w.-]{1,64}:)[^\s"',;{}/][^\s"',;{}]{0,200}(?=@)/g, '$1[redacted]'],
  // Long runs without a word's shape: keys in hex or base64, 256 bits of base64, and the 40 characters of an AWS secret.
  [/\b[0-9a-f]{64,}\b/gi, '[redacted]'],
  [/[A-Za-z0-9+/]{60,}={0,2}/g, '[redacted]'],
  [/(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}=/g, '[redacted]'],
  [/(?<![A-Za-z0-9+/])(?=[^A-Z]{0,39}[A-Z])(?=[^a-z]{0,39}[a-z])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/])/g, '[redacted]'],
];

/** @param most characters of the line */
export function redacted(text: string, most = 300): string {
  // White space first: as much of it as one likes may stand between a name and its secret.
  const lines = without(OF_LINES, text.slice(0, MOST_READ).replaceAll(/[^\S\r\n]+/g, ' '));
  // A line for terminals and pages: nothing that steers them.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is taken out
  const one = lines.replaceAll(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ');
  const line = without(OF_ONE_LINE, one.replaceAll(/:\/\/\S+/g, withoutPassword)).trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}

const without = (patterns: typeof OF_LINES, text: string): string =>
  patterns.reduce((left, [secret, rest]) => left.replaceAll(secret, rest), text);

/** `://user:password@host`: whoever wrote a password with an "@" in it meant the last one. */
function withoutPassword(address: string): string {
  const [colon, at] = [address.indexOf(':', 3), address.lastIndexOf('@')];
  return colon > 0 && colon < at ? `${address.slice(0, colon + 1)}[redacted]${address.slice(at)}` : address;
}
