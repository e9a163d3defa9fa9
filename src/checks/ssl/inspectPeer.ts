/**
 * From what a peer has shown to the response document: the certificate, its name and chain, its staple, the baseline (B.11).
 * Promises: pure but for the list of trusted authorities; nothing that a peer can show makes it throw.
 * Never: the verdict, which needs assertions and limits too.
 */
import type { NetworkFault } from '../kit/dial.ts';
import { chainOf, fingerprintOf, inspectCertificate, validity, type InspectedCertificate } from './certificateFacts.ts';
import type { Peer } from './handshake.ts';
import { readStaple, type Staple } from './ocspStaple.ts';
import type { FailureCategory, InspectedResponse } from './response.ts';
import type { SslSettings } from './schema.ts';
import { judgeBaseline, type Violation } from './securityBaseline.ts';
import { findAuthority } from './trustAnchors.ts';
import { chainProblem, hostnameProblem, type ChainProblem } from './verification.ts';

export interface InspectionGround {
  address: string;
  /** What the certificate must be for: a host name in ASCII, or an address. */
  name: string;
  config: SslSettings['request']['sslConfig'];
  /** An authority that is trusted beside the agent's, PEM. */
  extraAuthority: string | null;
  /** Unix ms. */
  now: number;
}

export interface Inspection {
  response: InspectedResponse;
  /** The first of hostname and chain that failed. */
  failure: { category: FailureCategory; error: NetworkFault } | null;
  expired: boolean;
  /** Fewer days are left than the check wants. */
  nearExpiry: boolean;
  violations: Violation[];
  /** What fails nothing and is to be known all the same. */
  warnings: string[];
}

const DAY_MS = 86_400_000;

export function inspectPeer(peer: Peer, ground: InspectionGround): Inspection {
  const { config, extraAuthority, now } = ground;
  const leaf = inspectCertificate(peer.certificate);
  const chain = [leaf, ...chainOf(peer.certificate).slice(1).map(inspectCertificate)];
  const issuer = chain[1]?.x509 ?? (leaf.facts.selfSigned ? leaf.x509 : findAuthority(leaf.x509, extraAuthority));
  const daysUntilExpiry = Math.floor((validity(leaf.x509).to.getTime() - now) / DAY_MS);
  const expired = daysUntilExpiry < 0;
  const staple = peer.staple && readStaple(peer.staple, leaf.x509, issuer, now);
  const misnamed = hostnameProblem(leaf, ground.name);
  const distrust = chainProblem(chain, peer.distrust, extraAuthority, now);
  const failure = failureOf(misnamed, config.skipChainValidation ? null : distrust);

  const { baseline, violations } = failure || expired ? { baseline: null, violations: [] } : judgeBaseline(config.securityBaseline, {
    tlsVersion: peer.tlsVersion, cipherSuite: peer.cipherSuite, chain, stapled: staple !== null, hasScts: leaf.hasScts || staple?.hasScts === true,
  });
  const error = failure?.error ?? (expired ? { code: 'CERT_HAS_EXPIRED', message: `The certificate is expired since ${leaf.facts.notAfter}.` } : null);
  return {
    failure, expired, nearExpiry: !expired && daysUntilExpiry < config.alertDaysBeforeExpiry, violations,
    warnings: [...(distrust && config.skipChainValidation ? [`${distrust.detail} (Not asked for: skipChainValidation is set.)`] : []), ...stapleWarnings(staple)],
    response: {
      resolvedIp: ground.address, protocol: peer.tlsVersion, cipherSuite: peer.cipherSuite, handshakeTimeMs: Math.round(peer.handshakeMs),
      hostnameVerified: misnamed === null, chainTrusted: distrust === null, ...chainFacts(distrust),
      daysUntilExpiry, ocspStapled: staple !== null, ...(staple ? { ocspStatus: staple.status } : {}), securityBaseline: baseline,
      certificate: { ...leaf.facts, ...(issuer ? { issuerFingerprintSha256: fingerprintOf(issuer) } : {}) },
      chain: chain.map(({ facts }: InspectedCertificate) => facts), ...(error ? { error } : {}),
    },
  };
}

function failureOf(misnamed: string | null, distrust: ChainProblem | null): Inspection['failure'] {
  if (misnamed !== null) return { category: 'hostname', error: { code: 'ERR_TLS_CERT_ALTNAME_INVALID', message: misnamed } };
  return distrust && { category: 'chain', error: { code: distrust.code, message: distrust.detail } };
}

function chainFacts(distrust: ChainProblem | null): Partial<InspectedResponse> {
  if (!distrust) return {};
  const { reason, detail, missing } = distrust;
  return { chainTrustReason: reason, chainTrustDetail: detail, ...(missing === undefined ? {} : { incompleteChain: true, missingIntermediate: missing }) };
}

function stapleWarnings(staple: Staple | null): string[] {
  if (staple?.problem) return [`The OCSP staple says nothing: ${staple.problem}.`];
  return staple?.status === 'revoked' ? ['The OCSP staple says that the certificate is revoked.'] : [];
}
