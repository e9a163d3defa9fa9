/** The response document of an ICMP check (B.10), which is also what JSON_RESPONSE assertions read. */
import type { NetworkFault } from '../kit/dial.ts';
import type { PingReport, PingResult } from './pingOutput.ts';

/** ms, with three decimals; all 0 when no answer came, because clients print them without looking (cli-wire 6). */
export interface Latency { avg: number; min: number; max: number; stdDev: number }

export interface IcmpResponse {
  hostname: string;
  resolvedIp: string | null;
  ipFamily: string;
  pingCount: number;
  packetsSent: number;
  packetsReceived: number;
  /** Bytes of one ICMP message. */
  packetSize: number;
  /** Percent, 0 to 100. */
  packetLoss: number;
  /** ms */
  dnsResolutionTime: number;
  latency: Latency;
  pingResults: PingResult[];
  error?: NetworkFault;
}

const PACKET_SIZE = 64;

const rounded = (value: number): number => Math.round(value * 1000) / 1000;

/** Average, extremes and (population) standard deviation of round-trip times in ms. */
export function latencyOf(times: readonly number[]): Latency {
  if (times.length === 0) return { avg: 0, min: 0, max: 0, stdDev: 0 };
  const avg = times.reduce((sum, time) => sum + time, 0) / times.length;
  const variance = times.reduce((sum, time) => sum + (time - avg) ** 2, 0) / times.length;
  return { avg: rounded(avg), min: Math.min(...times), max: Math.max(...times), stdDev: rounded(Math.sqrt(variance)) };
}

export interface ResponseParts {
  hostname: string; resolvedIp: string | null; ipFamily: string; pingCount: number; dnsResolutionTime: number;
  report: PingReport; error?: NetworkFault;
}

/** Puts the document together; `packetLoss` is 100 when nothing could be sent. */
export function icmpResponse({ report, dnsResolutionTime, error, ...target }: ResponseParts): IcmpResponse {
  const times = report.results.flatMap(({ success, rtt }) => (success && rtt !== null ? [rtt] : []));
  return {
    ...target,
    packetsSent: report.sent,
    packetsReceived: times.length,
    packetSize: PACKET_SIZE,
    packetLoss: report.sent === 0 ? 100 : Math.round((report.sent - times.length) / report.sent * 10_000) / 100,
    dnsResolutionTime: rounded(dnsResolutionTime),
    latency: latencyOf(times),
    pingResults: report.results,
    ...(error ? { error } : {}),
  };
}
