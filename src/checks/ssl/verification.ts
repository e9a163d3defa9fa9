/**
 * Is the certificate for that name, and who vouches for it? (B.11)
 * Promises: an expired certificate is no fault of its chain: the two are told apart, although OpenSSL tells only the last thing that it
 * found. Names are matched as browsers do: by the alternative names alone.
 */
import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { isIssuedBy, validity, type InspectedCertificate } from './certificateFacts.ts';
import { findAuthority } from './trustAnchors.ts';

/** The sentence that says why the certificate is not for `name` (a host name in ASCII, or an address), or null. */
export function hostnameProblem({ x509, facts: { sans } }: InspectedCertificate, name: string): string | null {
  if (matches(x509, name)) return null;
  const listed = sans.length > 10 ? `${sans.slice(0, 10).join(', ')} and ${sans.length - 10} more` : sans.join(', ');
  return `The certificate is not for ${name}: ${listed === '' ? 'it has no subject alternative names' : `it is for ${listed}`}.`;
}

function matches(x509: X509Certificate, name: string): boolean {
  try {
    return (isIP(name) ? x509.checkIP(name) : x509.checkHost(name, { subject: 'never' })) !== undefined;
  } catch {
    return false; // a name that no certificate could have: with a NUL, an address with its interface
  }
}

export interface ChainProblem {
  /** OpenSSL's word. */
  code: string;
  /** Ours, for `chainTrustReason`. */
  reason: 'self_signed' | 'untrusted_root' | 'incomplete_chain' | 'expired_issuer' | 'not_yet_valid' | 'invalid_signature' | 'invalid_chain';
  detail: string;
  /** The name of the issuer that is missing. */
  missing?: string;
}

/** OpenSSL looks at times last and tells the last thing: these may hide another. */
const TIMES: ReadonlySet<string> = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);
const NO_ISSUER: ReadonlySet<string> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN',
]);

/**
 * Why the chain is not trusted, or null. The expiry of the leaf is none of its reasons.
 * @param chain as sent, the leaf first @param distrust OpenSSL's reason, null for trusted @param extra an authority to trust beside the agent's, PEM @param now in Unix ms
 */
export function chainProblem(chain: readonly InspectedCertificate[], distrust: string | null, extra: string | null, now: number): ChainProblem | null {
  if (distrust === null) return null;
  if (NO_ISSUER.has(distrust)) return unknownIssuer(chain, distrust);
  if (!TIMES.has(distrust)) return otherProblem(chain, distrust);
  return brokenLink(chain) ?? (isAnchored(chain, extra) ? null : unknownIssuer(chain, null)) ?? timeProblem(chain, distrust, now);
}

const subjectOf = ({ facts: { subjectCN }, x509 }: InspectedCertificate): string => subjectCN || oneLine(x509.subject);
const issuerOf = ({ facts: { issuerCN }, x509 }: InspectedCertificate): string => issuerCN || oneLine(x509.issuer);
/** Node writes the parts of a name on lines of their own. */
const oneLine = (name: string | undefined): string => (name ?? '').replaceAll('\n', ', ');

function unknownIssuer(chain: readonly InspectedCertificate[], given: string | null): ChainProblem | null {
  const top = chain.at(-1);
  if (!top) return null;
  if (!top.facts.selfSigned) {
    const missing = issuerOf(top);
    return {
      code: given ?? 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', reason: 'incomplete_chain', missing,
      detail: `The issuer "${missing}" of the certificate "${subjectOf(top)}" was not sent along by the server, nor is it trusted here.`,
    };
  }
  if (chain.length === 1) return { code: given ?? 'DEPTH_ZERO_SELF_SIGNED_CERT', reason: 'self_signed', detail: 'The certificate is signed by itself, and it is not trusted here.' };
  return { code: given ?? 'SELF_SIGNED_CERT_IN_CHAIN', reason: 'untrusted_root', detail: `The authority "${subjectOf(top)}" at the end of the chain is not trusted here.` };
}

function otherProblem(chain: readonly InspectedCertificate[], code: string): ChainProblem {
  if (code === 'CERT_SIGNATURE_FAILURE') return brokenLink(chain) ?? { code, reason: 'invalid_signature', detail: 'A signature in the chain is not valid.' };
  return { code, reason: 'invalid_chain', detail: `The chain is not valid: ${code.toLowerCase().replaceAll('_', ' ')}.` };
}

function brokenLink(chain: readonly InspectedCertificate[]): ChainProblem | null {
  for (const [index, certificate] of chain.entries()) {
    const issuer = chain[index + 1];
    if (!issuer || (issuer.facts.isCA && isIssuedBy(certificate.x509, issuer.x509))) continue;
    return { code: 'CERT_SIGNATURE_FAILURE', reason: 'invalid_signature', detail: `The certificate "${subjectOf(certificate)}" is not signed by "${subjectOf(issuer)}".` };
  }
  return null;
}

/** A root that is sent along is found as its own issuer. */
function isAnchored(chain: readonly InspectedCertificate[], extra: string | null): boolean {
  return [...chain].reverse().some(({ x509 }: { x509: X509Certificate }) => findAuthority(x509, extra) !== null);
}

function timeProblem(chain: readonly InspectedCertificate[], code: string, now: number): ChainProblem | null {
  const [leaf, ...issuers] = chain;
  const early = chain.find(({ x509 }) => validity(x509).from.getTime() > now);
  if (early) return { code: 'CERT_NOT_YET_VALID', reason: 'not_yet_valid', detail: `The certificate "${subjectOf(early)}" is not valid before ${early.facts.notBefore}.` };
  const late = issuers.find(({ x509 }) => validity(x509).to.getTime() < now);
  if (late) return { code: 'CERT_HAS_EXPIRED', reason: 'expired_issuer', detail: `The certificate "${subjectOf(late)}", which issued others of the chain, is expired since ${late.facts.notAfter}.` };
  if (leaf && validity(leaf.x509).to.getTime() < now) return null;
  return { code, reason: 'expired_issuer', detail: 'An authority of the chain is not valid at this time.' };
}
