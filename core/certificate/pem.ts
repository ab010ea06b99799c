/** Certificates in PEM text, as files and people have them. */
import { type Certificate, parseCertificate } from './parse.ts';

const BLOCK = /-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/g;

/** Every certificate of the text, in its order; other blocks (keys) are passed over. Throws when a block does not parse. */
export function certificatesInPem(text: string): Certificate[] {
  return [...text.matchAll(BLOCK)].map(([, base64]) => parseCertificate((base64 as string).replaceAll(/\s/g, '')));
}
