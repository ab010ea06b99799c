/** Takes out of foreign text what must never stand in evidence, a log or a report (I4), and makes one short line of it. */

const SECRETS: readonly RegExp[] = [
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g,
  // Credentials of AWS, tokens of the web, and whatever calls itself secret.
  /\b(AKIA|ASIA)[A-Z0-9]{12,}\b/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g,
  /(?<=\b(bearer|basic)\s+)[A-Za-z0-9+/._~-]{8,}=*/gi,
  /(?<=\b[\w-]*(password|passwd|passphrase|secret|token|credential|api[_-]?key|access[_-]?key)[\w-]*["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s,;&]+)/gi,
  /(?<=:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g,
  // Long runs without a word's shape: keys in hex or base64.
  /\b[0-9a-f]{64,}\b/gi,
  /[A-Za-z0-9+/]{60,}={0,2}/g,
];

/** @param most characters of the line */
export function redacted(text: string, most = 300): string {
  const clean = SECRETS.reduce((left, secret) => left.replaceAll(secret, '[redacted]'), text.slice(0, 20_000));
  // A line for terminals and pages: nothing that steers them.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is taken out
  const line = clean.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
