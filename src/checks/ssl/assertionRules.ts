/** Which comparisons an SSL assertion may use: by property for certificate and connection, by source for the others (B.11). */
import type { AssertionInput } from '../kit/assertions.ts';
import { NUMERIC_COMPARISONS, type Comparison } from '../kit/schemas.ts';

const WHOLE = ['EQUALS', 'NOT_EQUALS'] as const satisfies readonly Comparison[];
const TEXT = [...WHOLE, 'CONTAINS', 'NOT_CONTAINS'] as const satisfies readonly Comparison[];
const LIST = ['CONTAINS', 'NOT_CONTAINS'] as const satisfies readonly Comparison[];
const FLAG = ['EQUALS'] as const satisfies readonly Comparison[];
const EXTRACTED = [...TEXT, 'IS_EMPTY', 'NOT_EMPTY', 'GREATER_THAN', 'LESS_THAN'] as const satisfies readonly Comparison[];

export const CERTIFICATE_PROPERTIES = {
  daysUntilExpiry: NUMERIC_COMPARISONS, keySizeBits: NUMERIC_COMPARISONS, subjectCN: TEXT, issuerCN: TEXT,
  serialNumber: WHOLE, fingerprintSha256: WHOLE, issuerFingerprintSha256: WHOLE, keyAlgorithm: WHOLE, signatureAlgorithm: WHOLE,
  sans: LIST, selfSigned: FLAG, isCA: FLAG,
} satisfies Record<string, readonly Comparison[]>;

export const CONNECTION_PROPERTIES = {
  tlsVersion: NUMERIC_COMPARISONS, cipherSuite: TEXT, resolvedIp: TEXT, hostnameVerified: FLAG, chainTrusted: FLAG, ocspStapled: FLAG, ocspStatus: WHOLE,
} satisfies Record<string, readonly Comparison[]>;

export const SSL_SOURCES = ['CERTIFICATE', 'CONNECTION', 'RESPONSE_TIME', 'JSON_RESPONSE', 'TEXT_RESPONSE'] as const;
type Source = (typeof SSL_SOURCES)[number];

const BY_PROPERTY: Partial<Record<Source, Readonly<Record<string, readonly Comparison[]>>>> = { CERTIFICATE: CERTIFICATE_PROPERTIES, CONNECTION: CONNECTION_PROPERTIES };
const BY_SOURCE: Partial<Record<Source, readonly Comparison[]>> = {
  RESPONSE_TIME: NUMERIC_COMPARISONS, JSON_RESPONSE: [...EXTRACTED, 'IS_NULL', 'NOT_NULL'], TEXT_RESPONSE: EXTRACTED,
};

/** The sentence for an assertion that can never be judged, with the property and what it allows, or null. */
export function assertionRule({ source, property, comparison }: Pick<AssertionInput, 'source' | 'property' | 'comparison'>, path: string): string | null {
  const properties = BY_PROPERTY[source as Source];
  if (properties && !Object.hasOwn(properties, property)) {
    return `${path}.property "${property}" is none of the source ${source}: one of ${Object.keys(properties).join(', ')}.`;
  }
  const allowed = properties ? properties[property] : BY_SOURCE[source as Source];
  if (!allowed || (allowed as readonly string[]).includes(comparison)) return null;
  return `${path}.comparison ${comparison} is not possible for ${source}${properties ? ` "${property}"` : ''}: one of ${allowed.join(', ')}.`;
}
