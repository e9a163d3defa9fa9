/** Settings of a TCP monitor (B.8), and the rules a schema cannot say. */
import { Type } from 'typebox';
import { Nullable, type Static } from '../../contract/base.ts';
import { responseTimeRule } from '../kit/limits.ts';
import { Assertion, CheckFields, Hostname, IpFamily, Port, responseTimeLimits } from '../kit/schemas.ts';

const TcpAssertion = Assertion(
  ['RESPONSE_DATA', 'RESPONSE_TIME'],
  ['EQUALS', 'NOT_EQUALS', 'IS_EMPTY', 'NOT_EMPTY', 'LESS_THAN', 'GREATER_THAN', 'CONTAINS', 'NOT_CONTAINS'],
);

const TcpRequest = Type.Object({
  hostname: Type.Optional(Hostname),
  /** Older name of `hostname`. */
  url: Type.Optional(Hostname),
  port: Port,
  /** Sent right after the connect. */
  data: Type.Optional(Nullable(Type.String())),
  /** Older name of `data`. */
  body: Type.Optional(Nullable(Type.String())),
  ipFamily: IpFamily,
  assertions: Type.Array(TcpAssertion, { default: [] }),
});

const DEFAULT_LIMITS = { degraded: 3_000, max: 5_000 };

export const TcpSettings = Type.Object({
  ...CheckFields.properties,
  request: TcpRequest,
  ...responseTimeLimits(DEFAULT_LIMITS),
}, { additionalProperties: true });
export type TcpSettings = Static<typeof TcpSettings>;

/** The target under its present or its older names; `data` null when nothing is sent. */
export function tcpTarget({ request }: TcpSettings): { hostname: string; data: string | null } {
  return { hostname: request.hostname ?? request.url ?? '', data: (request.data ?? request.body) || null };
}

/** The first broken rule as a sentence that names the field, or null. */
export function checkRules(settings: TcpSettings): string | null {
  if (tcpTarget(settings).hostname === '') return 'request.hostname is required.';
  return responseTimeRule(settings, DEFAULT_LIMITS);
}
