/** Settings of a URL monitor (B.7), and the rules a schema cannot say. */
import { Type } from 'typebox';
import type { Static } from '../../contract/base.ts';
import { responseTimeRule } from '../kit/limits.ts';
import { Assertion, CheckFields, IpFamily, NUMERIC_COMPARISONS, RequestUrl, responseTimeLimits } from '../kit/schemas.ts';

const UrlRequest = Type.Object({
  method: Type.Literal('GET', { default: 'GET' }),
  url: RequestUrl,
  followRedirects: Type.Boolean({ default: true }),
  skipSSL: Type.Boolean({ default: false }),
  ipFamily: IpFamily,
  assertions: Type.Array(Assertion(['STATUS_CODE'], NUMERIC_COMPARISONS), { default: [] }),
});

/** ms (B.2). */
const DEFAULT_LIMITS = { degraded: 3_000, max: 5_000 };

export const UrlSettings = Type.Object({
  ...CheckFields.properties,
  request: UrlRequest,
  ...responseTimeLimits(DEFAULT_LIMITS),
}, { additionalProperties: true });
export type UrlSettings = Static<typeof UrlSettings>;

/** The first broken rule as a sentence that names the field, or null. */
export const checkRules = (settings: UrlSettings): string | null => responseTimeRule(settings, DEFAULT_LIMITS);
