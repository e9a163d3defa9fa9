/** The response document of an SSL check (B.11), which is also what JSON_RESPONSE and TEXT_RESPONSE assertions read. */
import type { NetworkFault } from '../kit/dial.ts';
import type { CertificateFacts } from './certificateFacts.ts';
import type { JudgedBaseline } from './securityBaseline.ts';

/** Where the check failed; expiry, baseline and assertions have no word of their own. */
export type FailureCategory = 'dns' | 'connect' | 'timeout' | 'handshake' | 'hostname' | 'chain';

export interface InspectedResponse {
  resolvedIp: string;
  protocol: string;
  cipherSuite: string;
  /** Whole ms. */
  handshakeTimeMs: number;
  hostnameVerified: boolean;
  chainTrusted: boolean;
  chainTrustReason?: string;
  chainTrustDetail?: string;
  incompleteChain?: boolean;
  missingIntermediate?: string;
  /** Whole days, negative when expired. */
  daysUntilExpiry: number;
  ocspStapled: boolean;
  ocspStatus?: 'good' | 'revoked' | 'unknown';
  /** null where something before it failed. */
  securityBaseline: JudgedBaseline | null;
  certificate: CertificateFacts & { issuerFingerprintSha256?: string };
  /** As sent, the certificate itself first. */
  chain: CertificateFacts[];
  error?: NetworkFault;
}

/** What the result says beside its response; without one, of what failed before there was any. */
export function summaryOf(response: InspectedResponse): object {
  return {
    tlsVersion: response.protocol, cipherSuite: response.cipherSuite, daysUntilExpiry: response.daysUntilExpiry, handshakeTimeMs: response.handshakeTimeMs,
    chainTrusted: response.chainTrusted, hostnameVerified: response.hostnameVerified,
    ...(response.securityBaseline ? { baselineVerdict: response.securityBaseline.verdict, baselineGrade: response.securityBaseline.grade } : {}),
  };
}
