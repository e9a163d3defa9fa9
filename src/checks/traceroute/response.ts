/** The response document of a traceroute check (B.12), in which hops have snake case and all else has camel case. */
import type { NetworkFault } from '../kit/dial.ts';
import { latencyOf, lossPercentage, roundedMs, type Latency } from '../kit/latency.ts';
import type { Ending, TraceFindings } from './judgeTrace.ts';
import type { TraceRequest } from './schema.ts';
import type { PrintedHop } from './traceOutput.ts';

/** One router on the way. Times in ms, loss in percent. */
export interface Hop {
  hop_number: number;
  /** Who answered most; null when nobody did, which clients show as a star. */
  main_ip: string | null;
  /** Its name, where it has one. */
  main_host?: string;
  sent: number;
  received: number;
  loss_percentage: number;
  /** Of all answers of the hop. */
  rtt?: { last_ms: number; avg_ms: number; best_ms: number; worst_ms: number; stddev_ms: number };
}

export interface TracerouteResponse {
  hostname: string;
  resolvedIp?: string;
  port?: number;
  ipFamily: 'IPv4' | 'IPv6';
  maxHops: number;
  totalHops: number;
  destinationReached: boolean;
  /** Why there is no further hop; missing where the trace was refused or never began (`error` says more). */
  truncationReason?: Exclude<Ending, 'refused' | 'fault'>;
  protocol: string;
  probeProtocol: string;
  /** Of the probes that arrived. */
  finalHopLatency?: Latency;
  hops: Hop[];
  /** When the trace began, in Unix seconds. */
  timestamp: number;
  error?: NetworkFault;
}

/** `names`: of addresses, as far as they have one. */
function hopOf({ number, answers }: PrintedHop, names: ReadonlyMap<string, string>): Hop {
  const received = answers.filter((answer) => answer !== null);
  const times = received.map(({ rtt }) => rtt);
  const main = mostFrequent(received.map(({ address }) => address));
  const name = main === null ? undefined : names.get(main);
  const { avg, min, max, stdDev } = latencyOf(times);
  return {
    hop_number: number, main_ip: main, ...(name === undefined ? {} : { main_host: name }),
    sent: answers.length, received: received.length, loss_percentage: lossPercentage(answers.length, received.length),
    ...(received.length === 0 ? {} : { rtt: { last_ms: times.at(-1) ?? max, avg_ms: avg, best_ms: min, worst_ms: max, stddev_ms: stdDev } }),
  };
}

/** The first of those that occur most often. */
function mostFrequent(addresses: readonly string[]): string | null {
  const counts = new Map<string, number>();
  for (const address of addresses) counts.set(address, (counts.get(address) ?? 0) + 1);
  return [...counts].reduce<[string | null, number]>((best, [address, count]) => (count > best[1] ? [address, count] : best), [null, 0])[0];
}

export interface ResponseParts {
  request: TraceRequest;
  resolvedIp: string | null;
  startedAtMs: number;
  findings: TraceFindings;
  names: ReadonlyMap<string, string>;
  error: NetworkFault | null;
}

export function tracerouteResponse({ request, resolvedIp, startedAtMs, findings, names, error }: ResponseParts): TracerouteResponse {
  const { ending, arrivals } = findings;
  const hops = findings.hops.map((hop) => hopOf(hop, names));
  return {
    hostname: request.url, ...(resolvedIp === null ? {} : { resolvedIp }), ...(request.port === undefined ? {} : { port: request.port }),
    ipFamily: request.ipFamily, maxHops: request.maxHops, totalHops: hops.at(-1)?.hop_number ?? 0, destinationReached: ending === 'destinationReached',
    ...(ending === 'refused' || ending === 'fault' ? {} : { truncationReason: ending }),
    protocol: request.protocol, probeProtocol: request.protocol,
    ...(arrivals.length === 0 ? {} : { finalHopLatency: latencyOf(arrivals) }),
    hops, timestamp: Math.floor(startedAtMs / 1000), ...(error === null ? {} : { error }),
  };
}

/** What a result shows beside and above the response. `dnsMs`: for how long the name was resolved. */
export function tracerouteDetail(response: TracerouteResponse, dnsMs: number) {
  const { totalHops, destinationReached, finalHopLatency = null } = response;
  return { totalHops, destinationReached, finalHopLatency, timingPhases: { dns: roundedMs(dnsMs) }, response };
}
