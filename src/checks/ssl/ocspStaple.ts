/**
 * The OCSP answer that a server sends along with its certificate.
 * Promises: what is said was said by the certificate's authority, about this certificate, and is not out of date; else the status is
 * `unknown` and there is a sentence that says why. Never throws.
 * Never: a question to a responder.
 */
import { constants, verify, X509Certificate } from 'node:crypto';
import { BasicOCSPResponse, OCSPResponse, type SingleResponse } from 'pkijs';
import { algorithmOf, hasTimestamps, isIssuedBy } from './certificateFacts.ts';

export interface Staple { status: 'good' | 'revoked' | 'unknown'; problem: string | null; hasScts: boolean }

/** Status words by the tag of the choice (RFC 6960). */
const STATUSES = ['good', 'revoked', 'unknown'] as const;
const RESPONSE_STATUSES = ['successful', 'malformedRequest', 'internalError', '', 'tryLater', 'sigRequired', 'unauthorized'];
const BASIC = '1.3.6.1.5.5.7.48.1.1';
const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';
const SCT_LIST = '1.3.6.1.4.1.11129.2.4.5';
/** Clocks of responders run a little ahead. */
const CLOCK_SKEW_MS = 5 * 60_000;

/** @param issuer null where it is not known: then nobody can say whose word it is. @param now in Unix ms. */
export function readStaple(der: Buffer, leaf: X509Certificate, issuer: X509Certificate | null, now: number): Staple {
  try {
    const answer = OCSPResponse.fromBER(der);
    const code = answer.responseStatus.valueBlock.valueDec;
    if (code !== 0) return unknown(`the responder answered "${RESPONSE_STATUSES[code] ?? code}"`);
    if (answer.responseBytes?.responseType !== BASIC) return unknown('it is of an unknown kind');
    const basic = BasicOCSPResponse.fromBER(answer.responseBytes.response.valueBlock.valueHexView);
    const single = basic.tbsResponseData.responses.find(({ certID }) => hex(certID.serialNumber.valueBlock.valueHexView) === hex(Buffer.from(leaf.serialNumber, 'hex')));
    if (!single) return unknown('it is about another certificate');
    return judge(single, basic, issuer, now);
  } catch {
    return unknown('it cannot be read');
  }
}

const unknown = (problem: string): Staple => ({ status: 'unknown', problem, hasScts: false });
/** Integers may have zeros in front. */
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').replace(/^0+/, '');

function judge(single: SingleResponse, basic: BasicOCSPResponse, issuer: X509Certificate | null, now: number): Staple {
  const tag = (single.certStatus as { idBlock: { tagNumber: number } }).idBlock.tagNumber;
  const hasScts = single.singleExtensions?.some(({ extnID, parsedValue }) => extnID === SCT_LIST && hasTimestamps(parsedValue)) === true;
  if (issuer === null) return unknown('the issuer of the certificate is not known, so nobody can say whose word it is');
  if (!isSignedFor(basic, issuer)) return unknown('it is not signed by the certificate\'s authority');
  if (single.thisUpdate.getTime() > now + CLOCK_SKEW_MS) return unknown('it is from the future');
  if (single.nextUpdate && single.nextUpdate.getTime() < now) return unknown(`it is out of date since ${single.nextUpdate.toISOString()}`);
  return { status: STATUSES[tag] ?? 'unknown', problem: null, hasScts };
}

/** By the issuer itself, or by whom the issuer has made a responder (RFC 6960, 4.2.2.2). */
function isSignedFor(basic: BasicOCSPResponse, issuer: X509Certificate): boolean {
  const delegates = (basic.certs ?? []).map((certificate) => new X509Certificate(Buffer.from(certificate.toSchema().toBER(false))))
    .filter((delegate) => delegate.keyUsage?.includes(OCSP_SIGNING) && isIssuedBy(delegate, issuer));
  const { hash, pss } = algorithmOf(basic.signatureAlgorithm);
  const signature = basic.signature.valueBlock.valueHexView;
  return [issuer, ...delegates].some(({ publicKey }) => {
    try {
      const key = pss ? { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO } : publicKey;
      return verify(hash, basic.tbsResponseData.tbsView, key, signature);
    } catch {
      return false; // a key of another kind
    }
  });
}
