/** The authorities that this agent trusts: Node's, those of NODE_EXTRA_CA_CERTS (H.3), and the one that a client certificate brings along. */
import { X509Certificate } from 'node:crypto';
import { getCACertificates } from 'node:tls';
import { isIssuedBy } from './certificateFacts.ts';

let known: { pems: readonly string[]; authorities: X509Certificate[] } | undefined;

/** Read when they are first asked for, which takes some ms, and again when they change. */
function trustedAuthorities(): X509Certificate[] {
  const pems = getCACertificates('default');
  if (known?.pems !== pems) known = { pems, authorities: pems.flatMap(readable) };
  return known.authorities;
}

/** The authority that has issued `certificate`, or null. @param extra one to trust beside the agent's, PEM */
export function findAuthority(certificate: X509Certificate, extra: string | null): X509Certificate | null {
  const authorities = [...trustedAuthorities(), ...(extra ? readable(extra) : [])];
  return authorities.find((authority) => authority.subject === certificate.issuer && isIssuedBy(certificate, authority)) ?? null;
}

function readable(pem: string): X509Certificate[] {
  try {
    return [new X509Certificate(pem)];
  } catch {
    return [];
  }
}
