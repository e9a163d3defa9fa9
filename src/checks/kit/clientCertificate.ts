/** Which of an account's client certificates belongs to a host (B.6), and how it is shown to a server. */
import { getCACertificates, type SecureContextOptions } from 'node:tls';
import type { ClientCertificate } from '../../protocol/assignment.ts';

/** Exact host beats wildcard; among equals the newest wins. Null when none fits. Host names compare without case. */
export function clientCertificateFor(hostname: string, certificates: readonly ClientCertificate[]): ClientCertificate | null {
  const host = hostname.toLowerCase();
  let best: ClientCertificate | null = null;
  for (const certificate of certificates) {
    if (!globMatches(certificate.host.toLowerCase(), host)) continue;
    if (best === null || rank(certificate) > rank(best)
      || (rank(certificate) === rank(best) && certificate.createdAt > best.createdAt)) best = certificate;
  }
  return best;
}

/** What a TLS context is told of it. The authority that it brings along is trusted beside the agent's own. */
export function contextOptionsOf({ cert, key, passphrase, ca }: ClientCertificate): SecureContextOptions {
  return { cert, key, passphrase: passphrase ?? undefined, ...(ca ? { ca: [...getCACertificates('default'), ca] } : {}) };
}

const rank = (certificate: ClientCertificate) => (certificate.host.includes('*') ? 0 : 1);

/** `*` stands for any characters. Without backtracking, so that no glob can be slow. */
function globMatches(glob: string, text: string): boolean {
  const [head = '', ...rest] = glob.split('*');
  const tail = rest.pop();
  if (tail === undefined) return glob === text;
  if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail)) return false;
  const end = text.length - tail.length;
  let at = head.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
