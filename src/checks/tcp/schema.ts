/** Settings of a TCP monitor (B.8), and the rules a schema cannot say. */
import { Type } from 'typebox';
import { Nullable, type Static } from '../../contract/base.ts';
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

export const TcpSettings = Type.Object({
  ...CheckFields.properties,
  request: TcpRequest,
  ...responseTimeLimits({ degraded: 3_000, max: 5_000 }),
}, { additionalProperties: true });
export type TcpSettings = Static<typeof TcpSettings>;

/** The target under its present or its older names; `data` null when nothing is sent. */
export function tcpTarget({ request }: TcpSettings): { hostname: string; data: string | null } {
  return { hostname: request.hostname ?? request.url ?? '', data: (request.data ?? request.body) || null };
}

/** The first broken rule as a sentence that names the field, or null. */
export function checkRules(settings: TcpSettings): string | null {
  const { degradedResponseTime, maxResponseTime } = settings;
  if (tcpTarget(settings).hostname === '') return 'request.hostname is required.';
  if (degradedResponseTime !== null && maxResponseTime !== null && degradedResponseTime > maxResponseTime) {
    return `degradedResponseTime (${degradedResponseTime}) must not be greater than maxResponseTime (${maxResponseTime}).`;
  }
  return null;
}
