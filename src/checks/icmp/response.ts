/** The response document of an ICMP check (B.10), which is also what JSON_RESPONSE assertions read. */
import type { NetworkFault } from '../kit/dial.ts';
import { latencyOf, lossPercentage, roundedMs, type Latency } from '../kit/latency.ts';
import type { PingReport, PingResult } from './pingOutput.ts';

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
  /** All 0 when no answer came, because clients print the numbers without looking (cli-wire 6). */
  latency: Latency;
  pingResults: PingResult[];
  error?: NetworkFault;
}

const PACKET_SIZE = 64;

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
    packetLoss: report.sent === 0 ? 100 : lossPercentage(report.sent, times.length),
    dnsResolutionTime: roundedMs(dnsResolutionTime),
    latency: latencyOf(times),
    pingResults: report.results,
    ...(error ? { error } : {}),
  };
}
