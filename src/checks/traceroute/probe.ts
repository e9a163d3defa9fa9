/**
 * The traceroute probe (B.12): resolve, trace, name the hops, judge by the round trips of the final one.
 * Promises: resolution and trace end within `timeout`, the names within 2 s more, and what was seen by then is kept; a destination
 * that was not reached fails the check; where `traceroute` is missing or not permitted the run is `errored` with a sentence that says
 * how to get it. Never: measures the duration of the run (B.3).
 */
import { isIP, SocketAddress } from 'node:net';
import type { Probe, ProbeContext, ProbeOutcome } from '../kit/probe.ts';
import { anyFailed, echoAssertions, evaluateAssertions, type AssertionInput, type SourceReader } from '../kit/assertions.ts';
import { withDeadline } from '../kit/deadline.ts';
import { isNetworkError, resolveAllowed, resolveHost, type NetworkFault } from '../kit/dial.ts';
import { DENIED } from '../kit/egress.ts';
import { judgeLimits } from '../kit/limits.ts';
import { numberReader, propertyReader } from '../kit/readers.ts';
import { renderAssertions } from '../kit/renderAssertions.ts';
import { complaintFault } from '../kit/runProgram.ts';
import { renderTemplate } from '../kit/template.ts';
import { judgeTrace, type TraceFindings } from './judgeTrace.ts';
import { lookUpNames } from './lookUpNames.ts';
import { tracerouteDetail, tracerouteResponse, type TracerouteResponse } from './response.ts';
import { runTrace, type TraceRun } from './runTrace.ts';
import { traceRequest, type TraceRequest, type TracerouteSettings } from './schema.ts';

/** The program to run, and the name servers to ask for names of hops; the system's when absent. */
export interface TraceMeans { program: string; nameServers?: readonly string[] }

/** What every ending of a run is built from. */
interface Ground { settings: TracerouteSettings; context: ProbeContext; request: TraceRequest; assertions: AssertionInput[]; startedAtMs: number; dnsMs: number; resolvedIp: string | null }

const NOTHING: TraceFindings = { hops: [], ending: 'fault', arrivals: [], refusedBy: null };

/** The probe with its means; `probeTraceroute` uses the system's. */
export function createTracerouteProbe({ program, nameServers }: TraceMeans): Probe<TracerouteSettings> {
  return async (settings, context) => {
    const assertions = renderAssertions(settings.request.assertions, context.env, context);
    const asked = traceRequest(settings);
    const request = { ...asked, url: renderTemplate(asked.url, context.env, context).trim() };
    const limitMs = request.timeout * 1000;
    const startedAt = context.tick();
    const base = { settings, context, request, assertions, startedAtMs: context.now() };

    const resolved = await resolveWithin(limitMs, request, context);
    const dnsMs = context.tick() - startedAt;
    if (resolved === 'cancelled') return cancelled({ ...base, dnsMs, resolvedIp: null }, NOTHING);
    if ('error' in resolved) return unreachable({ ...base, dnsMs, resolvedIp: null }, resolved.error);

    const address = asPrinted(resolved.address);
    const { protocol, port, maxHops } = request;
    context.log('INFO', `Tracing the way to ${address}${port === undefined ? '' : ` port ${port}`} over ${protocol}${protocol === 'SCTP' ? ' (packets with its number, without a chunk)' : ''}, ${maxHops} hop(s) at most`);
    const { capture } = context.net;
    const run = await runTrace({
      request, address, limitMs: Math.max(1, limitMs - dnsMs), signal: context.signal, tick: () => context.tick(),
      flow: capture && ((...told) => capture.flow(...told)), program,
    });
    return conclude({ ...base, dnsMs, resolvedIp: address }, run, nameServers);
  };
}

export const probeTraceroute: Probe<TracerouteSettings> = createTracerouteProbe({ program: 'traceroute' });

/** An address as programs print it, so that the target is known when it answers: IPv6 can be written in many ways. */
const asPrinted = (address: string): string => new SocketAddress({ address, family: isIP(address) === 6 ? 'ipv6' : 'ipv4' }).address;

async function resolveWithin(limitMs: number, { url, port, ipFamily }: TraceRequest, context: ProbeContext) {
  const family = ipFamily === 'IPv6' ? 6 : 4;
  const found = await withDeadline(limitMs, context.signal, (signal) => resolveAllowed(context.net.egress, url, port ?? null, () => resolveHost(url, family, { signal })));
  if (found.kind === 'cancelled') return 'cancelled';
  if (found.kind === 'done') return found.value;
  return { error: { code: 'ETIMEDOUT', message: `${url} could not be resolved within ${limitMs} ms`, hostname: url } };
}

async function conclude(ground: Ground, run: TraceRun, nameServers: readonly string[] | undefined): Promise<ProbeOutcome> {
  if (run.kind === 'unavailable') return unavailable(ground, run.reason);
  const { request, context, resolvedIp } = ground;
  const findings = judgeTrace({ ...request, hops: run.hops, ended: run.ended === 'limit' ? 'limit' : 'other', address: resolvedIp ?? '' });
  if (run.ended === 'signal') return cancelled(ground, findings);
  const error = faultOf(findings, run.complaint, request);
  if (error && findings.hops.length === 0) return unreachable(ground, error);
  const addresses = findings.hops.flatMap(({ answers }) => answers.flatMap((answer) => (answer === null ? [] : [answer.address])));
  const names = request.ptrLookup ? await lookUpNames(addresses, { signal: context.signal, servers: nameServers }) : new Map<string, string>();
  return traced(ground, findings, names, error);
}

/** What a router meant by its refusal (`traceroute` prints a letter for it). */
const REFUSALS: Readonly<Record<string, [code: string, meaning: string]>> = {
  '!N': ['ENETUNREACH', 'the network is unreachable'],
  '!H': ['EHOSTUNREACH', 'the host is unreachable'],
  '!P': ['EHOSTUNREACH', 'the protocol is unreachable'],
  '!X': ['EHOSTUNREACH', 'it is administratively prohibited'],
};

/** Why the trace ended in none of the ways that `truncationReason` knows, else null. */
function faultOf({ ending, refusedBy }: TraceFindings, complaint: string, { protocol }: TraceRequest): NetworkFault | null {
  if (ending === 'fault') return complaintFault(complaint || '`traceroute` ended before it had traced the way', 'ETRACEROUTE');
  if (refusedBy === null) return null;
  const { address, refusal } = refusedBy;
  const [code, meaning] = REFUSALS[refusal ?? ''] ?? ['EHOSTUNREACH', refusal ? `it goes no further (${refusal})` : `the port is unreachable, by ICMP and not over ${protocol}`];
  return { code, message: `${address} answered: ${meaning}`, address };
}

/** What is said of a destination that was not reached. */
function whyNotReached({ ending }: TraceFindings, { maxHops, maxUnknownHops, timeout }: TraceRequest, error: NetworkFault | null): string {
  if (error) return error.message;
  if (ending === 'maxUnknownHops') return `${maxUnknownHops} hop(s) in a row did not answer`;
  return ending === 'timeout' ? `the ${timeout} s of its timeout were over` : `it is further away than ${maxHops} hop(s)`;
}

function readersOf({ finalHopLatency, totalHops, hops }: TracerouteResponse): Record<string, SourceReader> {
  const unreached: SourceReader = () => ({ kind: 'error', message: 'The destination was not reached, so there is no response time to compare.' });
  return {
    RESPONSE_TIME: finalHopLatency ? propertyReader({ ...finalHopLatency }) : unreached,
    HOP_COUNT: numberReader(totalHops),
    PACKET_LOSS: numberReader(hops.at(-1)?.loss_percentage),
  };
}

async function traced(ground: Ground, findings: TraceFindings, names: ReadonlyMap<string, string>, error: NetworkFault | null): Promise<ProbeOutcome> {
  const { settings, context, request, assertions } = ground;
  const response = tracerouteResponse({ ...ground, findings, names, error });
  const evaluated = await evaluateAssertions(assertions, readersOf(response));
  const responseTime = response.finalHopLatency?.avg ?? null;
  const { overMaxResponseTime, isDegraded } = judgeLimits({ ...settings, responseTime });
  const accepted = !response.destinationReached && settings.shouldFail === true;
  const unreached = !response.destinationReached && !accepted;
  if (responseTime !== null) context.log('INFO', `Reached in ${response.totalHops} hop(s), average ${responseTime} ms`);
  else context.log(accepted ? 'INFO' : 'ERROR', `The destination was not reached: ${whyNotReached(findings, request, error)}.${accepted ? ' (Accepted: shouldFail is set.)' : ''}`);
  for (const { error: failure } of evaluated) if (failure) context.log('ERROR', failure);
  if (overMaxResponseTime) context.log('ERROR', `The response time of ${responseTime} ms is over the limit of ${settings.maxResponseTime} ms.`);
  else if (isDegraded) context.log('WARN', `The response time of ${responseTime} ms is over the degraded limit of ${settings.degradedResponseTime} ms.`);
  const failed = unreached || overMaxResponseTime || anyFailed(evaluated);
  return {
    verdict: failed ? 'failed' : isDegraded ? 'degraded' : 'passed',
    interrupted: findings.ending === 'timeout', overMaxResponseTime, networkError: unreached, responseTime,
    detail: { ...tracerouteDetail(response, ground.dnsMs), assertions: evaluated, request, requestError: null },
    fault: null,
  };
}

/** The result of a run that traced nothing, or not to its end: no assertion is judged. */
function untraced(ground: Ground, requestError: string | null, findings = NOTHING, error: NetworkFault | null = null): Omit<ProbeOutcome, 'verdict' | 'interrupted' | 'fault'> {
  const response = tracerouteResponse({ ...ground, findings, names: new Map(), error });
  return {
    overMaxResponseTime: false, networkError: false, responseTime: null,
    detail: { ...tracerouteDetail(response, ground.dnsMs), assertions: echoAssertions(ground.assertions), request: ground.request, requestError },
  };
}

/** Nothing could be sent: the name has no address, or the system knows no way there. */
function unreachable(ground: Ground, error: NetworkFault): ProbeOutcome {
  const network = isNetworkError(error.code);
  const passes = ground.settings.shouldFail === true && network;
  ground.context.log(passes ? 'INFO' : 'ERROR', `${error.code}: ${error.message}${passes ? ' (accepted: shouldFail is set)' : ''}`);
  const denied = error.code === DENIED ? error.message : null;
  return { ...untraced(ground, denied, NOTHING, error), verdict: passes ? 'passed' : 'failed', interrupted: false, networkError: !passes && network, fault: null };
}

function cancelled(ground: Ground, findings: TraceFindings): ProbeOutcome {
  return { ...untraced(ground, 'The run was cancelled before it completed.', findings), verdict: 'failed', interrupted: true, fault: null };
}

function unavailable(ground: Ground, reason: string): ProbeOutcome {
  return { ...untraced(ground, reason), verdict: 'errored', interrupted: false, fault: reason };
}
