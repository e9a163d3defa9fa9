/** Settings of an ICMP monitor (B.10), and the rules a schema cannot say. */
import { Type } from 'typebox';
import type { Static } from '../../contract/base.ts';
import { latencyPropertyRule } from '../kit/latency.ts';
import { limitsRule } from '../kit/limits.ts';
import { Assertion, CheckFields, Hostname, IpFamily } from '../kit/schemas.ts';

const IcmpAssertion = Assertion(
  ['LATENCY', 'JSON_RESPONSE'],
  ['EQUALS', 'NOT_EQUALS', 'IS_EMPTY', 'NOT_EMPTY', 'GREATER_THAN', 'LESS_THAN', 'CONTAINS', 'NOT_CONTAINS', 'IS_NULL', 'NOT_NULL'],
);

export const DEFAULT_PING_COUNT = 10;

const IcmpRequest = Type.Object({
  hostname: Hostname,
  /** null means the default, as in the public contract. */
  ipFamily: Type.Union([IpFamily, Type.Null()], { default: 'IPv4' }),
  pingCount: Type.Union([Type.Integer({ minimum: 1, maximum: 50 }), Type.Null()], { default: DEFAULT_PING_COUNT }),
  assertions: Type.Array(IcmpAssertion, { default: [] }),
});

/** Percentage of lost packets from which on the check is degraded or failed (B.3: `>=`); null for no limit. */
const lossThreshold = (preset: number) => Type.Union([Type.Number({ exclusiveMinimum: 0, maximum: 100 }), Type.Null()], { default: preset });

const DEFAULT_LOSS = { degraded: 10, max: 20 };

export const IcmpSettings = Type.Object({
  ...CheckFields.properties,
  request: IcmpRequest,
  degradedPacketLossThreshold: lossThreshold(DEFAULT_LOSS.degraded),
  maxPacketLossThreshold: lossThreshold(DEFAULT_LOSS.max),
}, { additionalProperties: true });
export type IcmpSettings = Static<typeof IcmpSettings>;

/** The first broken rule as a sentence that names the field, or null. */
export function checkRules({ request, degradedPacketLossThreshold: degraded, maxPacketLossThreshold: max }: IcmpSettings): string | null {
  const limits = limitsRule(
    { name: 'degradedPacketLossThreshold', value: degraded, default: DEFAULT_LOSS.degraded },
    { name: 'maxPacketLossThreshold', value: max, default: DEFAULT_LOSS.max },
  );
  if (limits !== null) return limits;
  for (const [index, { source, property }] of request.assertions.entries()) {
    const rule = source === 'LATENCY' ? latencyPropertyRule(source, property, index) : null;
    if (rule !== null) return rule;
  }
  return null;
}
