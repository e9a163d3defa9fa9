/**
 * What a certificate says, in the words of B.11. Node reads most of it; what it does not (extensions, identifiers of algorithms) is
 * read by pkijs.
 * Promises: never throws for a certificate that OpenSSL has accepted, however odd.
 */
import type { KeyObject, X509Certificate } from 'node:crypto';
import { AltName, Certificate, RSASSAPSSParams, SignedCertificateTimestampList, type AlgorithmIdentifier, type GeneralName, type RelativeDistinguishedNames } from 'pkijs';
import { signatureAlgorithmOf, type SignatureAlgorithm } from './signatureAlgorithms.ts';

/** As the result shows it. Times in ISO-8601, `sans` without their kinds, fingerprint and serial number in small hexadecimal digits. */
export interface CertificateFacts {
  subjectCN: string;
  issuerCN: string;
  notBefore: string;
  notAfter: string;
  keyAlgorithm: string;
  /** 0 where the key is of a kind that cannot be read. */
  keySizeBits: number;
  signatureAlgorithm: string;
  fingerprintSha256: string;
  sans: string[];
  serialNumber: string;
  selfSigned: boolean;
  isCA: boolean;
}

export interface PartyNames { organizations: string[]; commonNames: string[] }

/** A certificate with what only the baseline asks about. */
export interface InspectedCertificate {
  x509: X509Certificate;
  facts: CertificateFacts;
  signature: SignatureAlgorithm;
  subject: PartyNames;
  issuer: PartyNames;
  /** The TLS feature `status_request` (RFC 7633). */
  mustStaple: boolean;
  /** Signed certificate timestamps within the certificate. */
  hasScts: boolean;
}

const SUBJECT_ALT_NAME = '2.5.29.17';
const TLS_FEATURE = '1.3.6.1.5.5.7.1.24';
const SCT_LIST = '1.3.6.1.4.1.11129.2.4.2';
const COMMON_NAME = '2.5.4.3';
const ORGANIZATION = '2.5.4.10';
/** The extension of TLS that a status answer comes in. */
const STATUS_REQUEST = 5;

/** The certificates in the order of issuing, the peer's own first. A circle of issuers ends where it closes. */
export function chainOf(leaf: X509Certificate): X509Certificate[] {
  const chain: X509Certificate[] = [];
  const seen = new Set<string>();
  for (let next: X509Certificate | undefined = leaf; next && !seen.has(next.fingerprint256); next = next.issuerCertificate) {
    seen.add(next.fingerprint256);
    chain.push(next);
  }
  return chain;
}

export function inspectCertificate(x509: X509Certificate): InspectedCertificate {
  const parsed = attempt<Certificate | null>(() => Certificate.fromBER(x509.raw), null);
  const signature = parsed ? algorithmOf(parsed.signatureAlgorithm) : { name: 'unknown', hash: null };
  const [subject, issuer] = [partyOf(parsed?.subject), partyOf(parsed?.issuer)];
  return {
    x509, signature,
    facts: {
      subjectCN: subject.commonNames.at(-1) ?? '', issuerCN: issuer.commonNames.at(-1) ?? '',
      notBefore: validity(x509).from.toISOString(), notAfter: validity(x509).to.toISOString(),
      ...keyOf(x509), signatureAlgorithm: signature.name,
      fingerprintSha256: fingerprintOf(x509), sans: attempt(() => sansOf(parsed), []), serialNumber: x509.serialNumber.toLowerCase(),
      selfSigned: isIssuedBy(x509, x509), isCA: x509.ca,
    },
    subject, issuer,
    mustStaple: attempt(() => featuresOf(parsed).includes(STATUS_REQUEST), false),
    hasScts: hasTimestamps(extensionOf(parsed, SCT_LIST)),
  };
}

/** A time that cannot be read is that of the beginning of time. */
export function validity({ validFromDate, validToDate }: X509Certificate): { from: Date; to: Date } {
  const readable = (date: Date) => (Number.isNaN(date.getTime()) ? new Date(0) : date);
  return { from: readable(validFromDate), to: readable(validToDate) };
}

/** SHA-256 of the certificate in small hexadecimal digits. */
export const fingerprintOf = (x509: X509Certificate): string => x509.fingerprint256.replaceAll(':', '').toLowerCase();

/** Whether `issuer` has signed `certificate`; false for keys that cannot be used. */
export const isIssuedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  attempt(() => certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey), false);

/** Signed timestamps in the value of an extension, of a certificate or an OCSP answer; an empty list is none. */
export const hasTimestamps = (value: unknown): boolean => attempt(
  () => (value instanceof SignedCertificateTimestampList ? value : new SignedCertificateTimestampList({ schema: value })).timestamps.length > 0, false);

/** Of a certificate or an OCSP answer. The parameters may be those of another algorithm. */
export function algorithmOf({ algorithmId, algorithmParams }: AlgorithmIdentifier): SignatureAlgorithm {
  const pssHash = attempt<string | null>(() => (algorithmParams ? new RSASSAPSSParams({ schema: algorithmParams }).hashAlgorithm.algorithmId : null), null);
  return signatureAlgorithmOf(algorithmId, pssHash);
}

/** Whoever makes a certificate may put anything into it. */
function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** The value as it is read when it is asked for; undefined for none, and for one that cannot be read. */
const extensionOf = (parsed: Certificate | null, id: string): unknown => attempt(() => parsed?.extensions?.find(({ extnID }) => extnID === id)?.parsedValue, undefined);

const partyOf = (name: RelativeDistinguishedNames | undefined): PartyNames => ({ organizations: named(name, ORGANIZATION), commonNames: named(name, COMMON_NAME) });

function named(name: RelativeDistinguishedNames | undefined, id: string): string[] {
  return (name?.typesAndValues ?? []).filter(({ type }) => type === id).map(({ value }) => String((value.valueBlock as { value?: unknown }).value ?? ''));
}

function keyOf(x509: X509Certificate): { keyAlgorithm: string; keySizeBits: number } {
  const key = attempt<KeyObject | null>(() => x509.publicKey, null);
  return key ? { keyAlgorithm: keyNameOf(key), keySizeBits: keySizeOf(key) } : { keyAlgorithm: 'unknown', keySizeBits: 0 };
}

const KEY_NAMES: Readonly<Record<string, string>> = { rsa: 'RSA', 'rsa-pss': 'RSA', dsa: 'DSA', ec: 'ECDSA', ed25519: 'Ed25519', ed448: 'Ed448' };
const keyNameOf = ({ asymmetricKeyType: type }: KeyObject): string => KEY_NAMES[type ?? ''] ?? (type ?? 'unknown').toUpperCase();

function keySizeOf({ asymmetricKeyType, asymmetricKeyDetails: details = {} }: KeyObject): number {
  if (details.modulusLength !== undefined) return details.modulusLength;
  if (asymmetricKeyType === 'ed25519') return 256;
  if (asymmetricKeyType === 'ed448') return 456;
  // prime256v1, secp384r1, brainpoolP512t1: the size is in the name.
  return Number(/\d{3}/.exec(details.namedCurve ?? '')?.[0] ?? 0);
}

function sansOf(parsed: Certificate | null): string[] {
  const value = extensionOf(parsed, SUBJECT_ALT_NAME);
  return value instanceof AltName ? value.altNames.flatMap((name) => nameText(name) ?? []) : [];
}

/** Mail addresses, DNS names, URIs and IP addresses, by the numbers of their kinds; the others are of no use to TLS. */
function nameText({ type, value }: GeneralName): string | null {
  if (type === 1 || type === 2 || type === 6) return String(value);
  if (type !== 7) return null;
  const bytes = (value as { valueBlock: { valueHexView: Uint8Array } }).valueBlock.valueHexView;
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: bytes.length >> 1 }, (_, at) => (((bytes[at * 2] ?? 0) << 8) | (bytes[at * 2 + 1] ?? 0)).toString(16));
  // The shortest way to write it is the address parser's business.
  return bytes.length === 16 ? new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1) : null;
}

function featuresOf(parsed: Certificate | null): number[] {
  const list = extensionOf(parsed, TLS_FEATURE) as { valueBlock?: { value?: { valueBlock: { valueDec?: number } }[] } } | undefined;
  return (list?.valueBlock?.value ?? []).map(({ valueBlock }) => valueBlock.valueDec ?? -1);
}
