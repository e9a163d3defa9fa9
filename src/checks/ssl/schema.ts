/** Settings of an SSL monitor (B.11), and the rules a schema cannot say. */
import { Type } from 'typebox';
import { Nullable, OneOf, Uuid, type Static } from '../../contract/base.ts';
import { responseTimeRule } from '../kit/limits.ts';
import { Assertion, CheckFields, Hostname, IpFamily, Port, responseTimeLimits } from '../kit/schemas.ts';
import { assertionRule, SSL_SOURCES } from './assertionRules.ts';

/** What a violated rule of the baseline does to the check; `ignore` switches the rule off. */
const SEVERITIES = ['fail', 'degrade', 'ignore'] as const;
export type Severity = (typeof SEVERITIES)[number];

const severity = (preset: Severity) => OneOf(SEVERITIES, { default: preset });
/** Misspelt rules are refused: they would silently do nothing. */
const rule = <P extends Record<string, ReturnType<typeof severity>>>(properties: P) => Type.Object(properties, { additionalProperties: false, default: {} });
const tlsRule = (value: 'TLS1.2' | 'TLS1.3', preset: Severity) => Type.Object(
  { value: OneOf(['TLS1.2', 'TLS1.3'], { default: value }), severity: severity(preset) }, { additionalProperties: false, default: {} });
const keySizeRule = (value: number, preset: Severity) => Type.Object(
  { value: Type.Integer({ minimum: 1_024, maximum: 16_384, default: value }), severity: severity(preset) }, { additionalProperties: false, default: {} });

const SecurityBaseline = Type.Object({
  enabled: Type.Boolean({ default: true }),
  minTLSVersion: tlsRule('TLS1.2', 'fail'),
  minKeySizeBits: keySizeRule(2_048, 'fail'),
  weakSignatureAlgorithm: rule({ severity: severity('fail') }),
  weakCipherSuite: rule({ severity: severity('fail') }),
  knownBadCA: rule({ severity: severity('fail') }),
  recommendedTLSVersion: tlsRule('TLS1.3', 'ignore'),
  recommendedKeySizeBits: keySizeRule(3_072, 'ignore'),
  ocspMustStapleRespected: rule({ severity: severity('ignore') }),
  sctPresent: rule({ severity: severity('ignore') }),
}, { additionalProperties: false, default: {} });
export type SecurityBaseline = Static<typeof SecurityBaseline>;

const SslConfig = Type.Object({
  hostname: Hostname,
  port: { ...Port, default: 443 },
  ipFamily: IpFamily,
  /** The name that is asked for and that the certificate must be for; without one (or an empty one) the host's. */
  serverName: Type.Optional(Nullable(Type.String({ maxLength: 2_048, pattern: '^[^\\x00-\\x1f\\x7f]*$' }))),
  skipChainValidation: Type.Boolean({ default: false }),
  handshakeTimeoutMs: Type.Integer({ minimum: 1_000, maximum: 30_000, default: 10_000 }),
  alertDaysBeforeExpiry: Type.Integer({ minimum: 1, maximum: 365, default: 20 }),
  clientCertificateMode: Type.Optional(Nullable(OneOf(['auto', 'explicit']))),
  securityBaseline: SecurityBaseline,
});

const SslRequest = Type.Object({
  sslConfig: SslConfig,
  sslClientCertificateId: Type.Optional(Nullable(Uuid)),
  assertions: Type.Array(Assertion(SSL_SOURCES), { default: [] }),
});

const DEFAULT_LIMITS = { degraded: 3_000, max: 10_000 };

export const SslSettings = Type.Object({
  ...CheckFields.properties,
  request: SslRequest,
  ...responseTimeLimits({ ...DEFAULT_LIMITS, maximum: 30_000 }),
}, { additionalProperties: true });
export type SslSettings = Static<typeof SslSettings>;

/** The first broken rule as a sentence that names the field, or null. */
export function checkRules(settings: SslSettings): string | null {
  const { sslConfig, sslClientCertificateId, assertions } = settings.request;
  if (sslConfig.clientCertificateMode === 'explicit' && !sslClientCertificateId) {
    return 'request.sslClientCertificateId is required when request.sslConfig.clientCertificateMode is "explicit".';
  }
  for (const [index, assertion] of assertions.entries()) {
    const broken = assertionRule(assertion, `request.assertions[${index}]`);
    if (broken !== null) return broken;
  }
  return responseTimeRule(settings, DEFAULT_LIMITS);
}
