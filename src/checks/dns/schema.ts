/** Settings of a DNS monitor (B.9), and the rules a schema cannot say. */
import { Type } from 'typebox';
import { OneOf, type Static } from '../../contract/base.ts';
import { responseTimeRule } from '../kit/limits.ts';
import { Assertion, CheckFields, Port, responseTimeLimits } from '../kit/schemas.ts';
import { RECORD_TYPES } from './records.ts';

const DnsRequest = Type.Object({
  /** A name, possibly with templates. */
  query: Type.String({ minLength: 1, maxLength: 100 }),
  recordType: OneOf(RECORD_TYPES),
  /** Host name or address of the only server to ask. */
  nameServer: Type.Optional(Type.String({ maxLength: 100 })),
  port: Type.Optional(Port),
  protocol: OneOf(['UDP', 'TCP'], { default: 'UDP' }),
  assertions: Type.Array(Assertion(['RESPONSE_CODE', 'RESPONSE_TIME', 'TEXT_ANSWER', 'JSON_ANSWER']), { default: [] }),
});

const DEFAULT_LIMITS = { degraded: 500, max: 1_000 };

export const DnsSettings = Type.Object({
  ...CheckFields.properties,
  request: DnsRequest,
  ...responseTimeLimits({ ...DEFAULT_LIMITS, maximum: 5_000 }),
}, { additionalProperties: true });
export type DnsSettings = Static<typeof DnsSettings>;

/** The first broken rule as a sentence that names the field, or null. */
export function checkRules({ request, ...limits }: DnsSettings): string | null {
  if (request.nameServer && request.port === undefined) return 'request.port is required when request.nameServer is set.';
  if (!request.nameServer && request.port !== undefined) return 'request.nameServer is required when request.port is set.';
  if (request.nameServer && (/:\/\//.test(request.nameServer) || /\s/.test(request.nameServer.replace(/\{\{.*?\}\}/g, '')))) {
    return 'request.nameServer must be a host name or an address.';
  }
  return responseTimeRule(limits, DEFAULT_LIMITS);
}
