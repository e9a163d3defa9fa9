/** Settings of a traceroute monitor (B.12), and the rules a schema cannot say. */
import { Type } from 'typebox';
import { Nullable, OneOf, type Static } from '../../contract/base.ts';
import { latencyPropertyRule } from '../kit/latency.ts';
import { responseTimeRule } from '../kit/limits.ts';
import { Assertion, CheckFields, Hostname, IpFamily, NUMERIC_COMPARISONS, Port, responseTimeLimits } from '../kit/schemas.ts';

const PROTOCOLS = ['TCP', 'UDP', 'ICMP', 'SCTP'] as const;
export type TraceProtocol = (typeof PROTOCOLS)[number];

const TracerouteAssertion = Assertion(['RESPONSE_TIME', 'HOP_COUNT', 'PACKET_LOSS'], NUMERIC_COMPARISONS);

/** What a whole number of hops or of packets per cent is compared with. */
const COUNT_COMPARISONS: readonly string[] = ['EQUALS', 'GREATER_THAN', 'LESS_THAN'];

const DEFAULTS = { protocol: 'TCP', ipFamily: 'IPv4', maxHops: 30, maxUnknownHops: 15, ptrLookup: true, timeout: 10 } as const;
/** A closed UDP port answers, an open one need not: hence the high one. ICMP has none. */
const DEFAULT_PORTS = { TCP: 443, UDP: 33_434, SCTP: 33_434, ICMP: null } as const satisfies Record<TraceProtocol, number | null>;

const count = (maximum: number, preset: number) => Type.Union([Type.Integer({ minimum: 1, maximum }), Type.Null()], { default: preset });

/** null means the default, as in the public contract. */
const TracerouteRequest = Type.Object({
  url: Hostname,
  protocol: Type.Union([OneOf(PROTOCOLS), Type.Null()], { default: DEFAULTS.protocol }),
  port: Type.Optional(Nullable(Port)),
  ipFamily: Type.Union([IpFamily, Type.Null()], { default: DEFAULTS.ipFamily }),
  maxHops: count(64, DEFAULTS.maxHops),
  /** Silent hops in a row that end the trace. */
  maxUnknownHops: count(30, DEFAULTS.maxUnknownHops),
  /** Whether hops are shown with their names. */
  ptrLookup: Type.Union([Type.Boolean(), Type.Null()], { default: DEFAULTS.ptrLookup }),
  /** Seconds for the whole trace. */
  timeout: count(30, DEFAULTS.timeout),
  assertions: Type.Array(TracerouteAssertion, { default: [] }),
});

const DEFAULT_LIMITS = { degraded: 10_000, max: 20_000 };

export const TracerouteSettings = Type.Object({
  ...CheckFields.properties,
  request: TracerouteRequest,
  ...responseTimeLimits({ ...DEFAULT_LIMITS, maximum: 30_000 }),
}, { additionalProperties: true });
export type TracerouteSettings = Static<typeof TracerouteSettings>;

/** What is traced, complete, as the result shows it. `port` is missing for ICMP; `timeout` in seconds. */
export interface TraceRequest {
  url: string; protocol: TraceProtocol; port?: number; ipFamily: 'IPv4' | 'IPv6';
  maxHops: number; maxUnknownHops: number; ptrLookup: boolean; timeout: number;
}

export function traceRequest({ request }: TracerouteSettings): TraceRequest {
  const protocol = request.protocol ?? DEFAULTS.protocol;
  const port = protocol === 'ICMP' ? null : request.port ?? DEFAULT_PORTS[protocol];
  return {
    url: request.url, protocol, ...(port === null ? {} : { port }), ipFamily: request.ipFamily ?? DEFAULTS.ipFamily,
    maxHops: request.maxHops ?? DEFAULTS.maxHops, maxUnknownHops: request.maxUnknownHops ?? DEFAULTS.maxUnknownHops,
    ptrLookup: request.ptrLookup ?? DEFAULTS.ptrLookup, timeout: request.timeout ?? DEFAULTS.timeout,
  };
}

/** The first broken rule as a sentence that names the field, or null. */
export function checkRules(settings: TracerouteSettings): string | null {
  for (const [index, assertion] of settings.request.assertions.entries()) {
    const rule = assertionRule(assertion, index);
    if (rule !== null) return rule;
  }
  return responseTimeRule(settings, DEFAULT_LIMITS);
}

function assertionRule({ source, property, comparison }: TracerouteSettings['request']['assertions'][number], index: number): string | null {
  if (source === 'RESPONSE_TIME') return latencyPropertyRule(source, property, index);
  const field = `request.assertions[${index}]`;
  if (property !== '') return `${field}.property must be empty for the source ${source}.`;
  return COUNT_COMPARISONS.includes(comparison) ? null : `${field}.comparison must be one of ${COUNT_COMPARISONS.join(', ')} for the source ${source}.`;
}
