/**
 * The ICMP probe (B.10): resolve, ping, judge by packet loss.
 * Promises: latency numbers and `pingResults` are always there; ends within pings x 500 ms + 10 s; where `ping` is
 * missing or not permitted the run is `errored` with a sentence that says how to get it.
 * Never: judges response-time limits; packet loss takes their place (B.3).
 */
import type { Probe, ProbeContext, ProbeOutcome } from '../kit/probe.ts';
import { anyFailed, echoAssertions, evaluateAssertions, type AssertionInput, type SourceReader } from '../kit/assertions.ts';
import { withDeadline } from '../kit/deadline.ts';
import { isNetworkError, resolveAllowed, resolveHost, type NetworkFault } from '../kit/dial.ts';
import { DENIED } from '../kit/egress.ts';
import { jsonReader, propertyReader } from '../kit/readers.ts';
import { renderAssertions } from '../kit/renderAssertions.ts';
import { complaintFault } from '../kit/runProgram.ts';
import { renderTemplate } from '../kit/template.ts';
import type { PingReport } from './pingOutput.ts';
import { icmpResponse, type IcmpResponse, type ResponseParts } from './response.ts';
import { runPing, type PingRun } from './runPing.ts';
import { DEFAULT_PING_COUNT, type IcmpSettings } from './schema.ts';

const INTERVAL_MS = 500;
const GRACE_MS = 10_000;
const NOTHING: PingReport = { sent: 0, results: [], duplicates: 0 };

/** The request as the result shows it. */
interface IcmpRequest { hostname: string; ipFamily: 'IPv4' | 'IPv6'; pingCount: number; targetIp?: string }

/** What every ending of a run is built from. */
interface Ground { settings: IcmpSettings; context: ProbeContext; request: IcmpRequest; assertions: AssertionInput[]; parts: Omit<ResponseParts, 'report'> }

/** The probe with the program to run; `probeIcmp` uses the system's `ping`. */
export function createIcmpProbe(program: string): Probe<IcmpSettings> {
  return async (settings, context) => {
    const assertions = renderAssertions(settings.request.assertions, context.env, context);
    const request = renderRequest(settings, context);
    const { hostname, ipFamily, pingCount } = request;
    const family = ipFamily === 'IPv6' ? 6 : 4;
    const limitMs = pingCount * INTERVAL_MS + GRACE_MS;
    const startedAt = context.tick();

    const resolved = await resolveWithin(limitMs, hostname, family, context);
    const dnsResolutionTime = context.tick() - startedAt;
    const parts = { hostname, ipFamily, pingCount, dnsResolutionTime, resolvedIp: null };
    if (resolved === 'cancelled') return cancelled({ settings, context, request, assertions, parts }, NOTHING);
    if ('error' in resolved) return unreachable({ settings, context, request, assertions, parts }, resolved.error);

    const { address } = resolved;
    const ground: Ground = { settings, context, request: { ...request, targetIp: address }, assertions, parts: { ...parts, resolvedIp: address } };
    context.log('INFO', `Sending ${pingCount} packet(s) to ${address}`);
    const run = await runPing({ address, family, count: pingCount, limitMs: Math.max(1, limitMs - dnsResolutionTime), signal: context.signal, program, capture: context.net.capture });
    return conclude(ground, run);
  };
}

export const probeIcmp: Probe<IcmpSettings> = createIcmpProbe('ping');

function renderRequest({ request }: IcmpSettings, context: ProbeContext): IcmpRequest {
  return {
    hostname: renderTemplate(request.hostname, context.env, context).trim(),
    ipFamily: request.ipFamily ?? 'IPv4',
    pingCount: request.pingCount ?? DEFAULT_PING_COUNT,
  };
}

async function resolveWithin(limitMs: number, hostname: string, family: 4 | 6, context: ProbeContext) {
  const found = await withDeadline(limitMs, context.signal, (signal) => resolveAllowed(context.net.egress, hostname, null, () => resolveHost(hostname, family, { signal })));
  if (found.kind === 'cancelled') return 'cancelled';
  if (found.kind === 'done') return found.value;
  return { error: { code: 'ETIMEDOUT', message: `${hostname} could not be resolved within ${limitMs} ms`, hostname } };
}

async function conclude(ground: Ground, run: PingRun): Promise<ProbeOutcome> {
  if (run.kind === 'unavailable') return unavailable(ground, run.reason);
  if (run.ended === 'signal') return cancelled(ground, run.report);
  const error = complaintFault(run.complaint, 'EPING');
  if (error && run.report.sent === 0) return unreachable(ground, error);
  return pinged(ground, run, error);
}

/** Without an answer there is no latency to compare (B.10): the assertion fails and says so. */
function latencyReader({ packetsReceived, latency }: IcmpResponse): SourceReader {
  if (packetsReceived === 0) return () => ({ kind: 'error', message: 'No reply arrived, so there is no latency to compare.' });
  return propertyReader({ ...latency });
}

async function pinged({ settings, context, request, assertions, parts }: Ground, run: Extract<PingRun, { kind: 'ran' }>, error: NetworkFault | null): Promise<ProbeOutcome> {
  const response = icmpResponse({ ...parts, report: run.report, ...(error ? { error } : {}) });
  const { packetLoss, packetsReceived, packetsSent, latency } = response;
  const evaluated = await evaluateAssertions(assertions, { LATENCY: latencyReader(response), JSON_RESPONSE: jsonReader(() => response) });
  const reaches = (threshold: number | null) => threshold !== null && packetLoss >= threshold;
  const noAnswer = packetsReceived === 0;
  const lossFails = reaches(settings.maxPacketLossThreshold) && !(noAnswer && settings.shouldFail === true);
  const failed = lossFails || run.ended === 'limit' || anyFailed(evaluated);
  const isDegraded = packetsReceived > 0 && reaches(settings.degradedPacketLossThreshold);
  context.log(lossFails || run.ended === 'limit' ? 'ERROR' : 'INFO', `${packetsReceived} of ${packetsSent} packet(s) came back, ${packetLoss} % loss${noAnswer ? '' : `, average ${latency.avg} ms`}`);
  for (const { error } of evaluated) if (error) context.log('ERROR', error);
  if (run.report.duplicates > 0) context.log('WARN', `${run.report.duplicates} duplicate replies were left out`);
  if (run.complaint) context.log('WARN', run.complaint);
  return {
    verdict: failed ? 'failed' : isDegraded ? 'degraded' : 'passed',
    interrupted: run.ended === 'limit',
    overMaxResponseTime: false,
    networkError: failed && noAnswer,
    responseTime: noAnswer ? null : latency.avg,
    detail: { assertions: evaluated, request, requestError: null, response },
    fault: null,
  };
}

/** Nothing could be sent: the name has no address, or the system knows no way there. */
function unreachable({ settings, context, request, assertions, parts }: Ground, error: NetworkFault): ProbeOutcome {
  const network = isNetworkError(error.code);
  const passes = settings.shouldFail === true && network;
  context.log(passes ? 'INFO' : 'ERROR', `${error.code}: ${error.message}${passes ? ' (accepted: shouldFail is set)' : ''}`);
  return {
    verdict: passes ? 'passed' : 'failed',
    interrupted: false, overMaxResponseTime: false, networkError: !passes && network, responseTime: null,
    detail: { assertions: echoAssertions(assertions), request, requestError: error.code === DENIED ? error.message : null, response: icmpResponse({ ...parts, report: NOTHING, error }) },
    fault: null,
  };
}

function cancelled({ request, assertions, parts }: Ground, report: PingReport): ProbeOutcome {
  return {
    verdict: 'failed', interrupted: true, overMaxResponseTime: false, networkError: false, responseTime: null,
    detail: { assertions: echoAssertions(assertions), request, requestError: 'The run was cancelled before it completed.', response: icmpResponse({ ...parts, report }) },
    fault: null,
  };
}

function unavailable({ request, assertions, parts }: Ground, reason: string): ProbeOutcome {
  return {
    verdict: 'errored', interrupted: false, overMaxResponseTime: false, networkError: false, responseTime: null,
    detail: { assertions: echoAssertions(assertions), request, requestError: reason, response: icmpResponse({ ...parts, report: NOTHING }) },
    fault: reason,
  };
}
