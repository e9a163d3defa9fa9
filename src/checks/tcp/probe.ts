/**
 * The TCP probe (B.8): resolve, connect, send, read.
 * Promises: connection failures are in `response.error` with the codes of B.8; a server that keeps the connection open
 * fails no check that received data; ends within the highest threshold + 5 s (B.2).
 * Never: throws for what the target does.
 */
import type { Probe, ProbeContext, ProbeOutcome } from '../kit/probe.ts';
import { anyFailed, echoAssertions, evaluateAssertions, type AssertionInput, type EvaluatedAssertion } from '../kit/assertions.ts';
import { isNetworkError, type NetworkFault } from '../kit/dial.ts';
import { DENIED } from '../kit/egress.ts';
import { judgeLimits } from '../kit/limits.ts';
import { numberReader, textReader } from '../kit/readers.ts';
import { renderAssertions } from '../kit/renderAssertions.ts';
import { resolveWithin } from '../kit/resolveTarget.ts';
import { renderTemplate } from '../kit/template.ts';
import { converse, MAX_RECEIVED_BYTES, type Conversation } from './exchange.ts';
import { tcpTarget, type TcpSettings } from './schema.ts';

/** ms beyond the highest threshold, and ms of silence that end the reading. */
export interface TcpPatience { graceMs: number; quietMs: number }

/** Without a threshold the highest that any check may have (B.2). */
const HIGHEST_THRESHOLD_MS = 45_000;

interface TcpRequest { hostname: string; port: number; ipFamily: string; data: string | null }
interface Phases { dns: number; connect: number; data: number; total: number }

/** The probe with its waits handed in; `probeTcp` has those of the contract. */
export function createTcpProbe({ graceMs, quietMs }: TcpPatience): Probe<TcpSettings> {
  return async (settings, context) => {
    const request = renderRequest(settings, context);
    const assertions = renderAssertions(settings.request.assertions, context.env, context);
    const limitMs = (settings.maxResponseTime ?? HIGHEST_THRESHOLD_MS) + graceMs;
    const startedAt = context.tick();

    const resolved = await resolveWithin(limitMs, request, context);
    const dns = context.tick() - startedAt;
    if (resolved === 'cancelled') return cancelled(request, assertions);
    if ('error' in resolved) return unanswered(settings, context, { request, assertions, error: resolved.error, phases: phases(dns) });

    context.log('INFO', `Connecting to ${resolved.address} port ${request.port}`);
    const conversation = await converse({
      address: resolved.address, port: request.port, send: request.data,
      read: request.data !== null || assertions.some(({ source }) => source === 'RESPONSE_DATA'),
      limitMs: Math.max(1, limitMs - dns), quietMs, signal: context.signal, tick: context.tick, capture: context.net.capture,
    });
    if (conversation.ended === 'aborted') return cancelled(request, assertions);
    const error = faultOf(conversation, resolved.address, request.port);
    const measured = phases(dns, conversation);
    if (error) return unanswered(settings, context, { request, assertions, error, phases: measured, address: resolved.address });
    return answered(settings, context, { request, assertions, conversation, phases: measured, address: resolved.address });
  };
}

export const probeTcp: Probe<TcpSettings> = createTcpProbe({ graceMs: 5_000, quietMs: 500 });

function renderRequest(settings: TcpSettings, context: ProbeContext): TcpRequest {
  const { hostname, data } = tcpTarget(settings);
  const { port, ipFamily } = settings.request;
  const render = (text: string) => renderTemplate(text, context.env, context);
  return { hostname: render(hostname).trim(), port, ipFamily, data: data === null ? null : render(data) };
}

/** Fractions of a millisecond matter on a LAN; three decimals are what the clock gives. */
const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;

function phases(dns: number, conversation?: Conversation): Phases {
  const connect = conversation?.connectMs ?? 0;
  const data = conversation?.dataMs ?? 0;
  return { dns: rounded(dns), connect: rounded(connect), data: rounded(data), total: rounded(dns + connect + data) };
}

/** What went wrong, if anything did. What arrived before a reset or the limit counts as the answer. */
function faultOf({ ended, error, received, connectMs }: Conversation, address: string, port: number): NetworkFault | null {
  if (connectMs !== null && received.length > 0) return null;
  if (error) return error;
  if (ended !== 'limit') return null;
  const what = connectMs === null ? `connecting to ${address}:${port} took too long` : `${address}:${port} sent no data`;
  return { code: 'SOCKET_TIMEOUT', message: what, address, port };
}

/** `shouldFail` accepts a refused connection and a timeout (B.4). */
const acceptable = (code: string): boolean => ['ECONNREFUSED', 'SOCKET_TIMEOUT', 'ETIMEDOUT'].includes(code);

interface Unanswered { request: TcpRequest; assertions: AssertionInput[]; error: NetworkFault; phases: Phases; address?: string }

function unanswered(settings: TcpSettings, context: ProbeContext, { request, assertions, error, phases: timingPhases, address }: Unanswered): ProbeOutcome {
  const passes = settings.shouldFail === true && acceptable(error.code);
  context.log(passes ? 'INFO' : 'ERROR', `${error.code}: ${error.message}${passes ? ' (accepted: shouldFail is set)' : ''}`);
  return {
    verdict: passes ? 'passed' : 'failed',
    interrupted: error.code === 'SOCKET_TIMEOUT',
    overMaxResponseTime: false,
    networkError: !passes && isNetworkError(error.code),
    responseTime: null,
    detail: {
      assertions: echoAssertions(assertions), request, requestError: error.code === DENIED ? error.message : null,
      response: { ...(address ? { resolvedIp: address } : {}), error, timingPhases },
    },
    fault: null,
  };
}

interface Answered { request: TcpRequest; assertions: AssertionInput[]; conversation: Conversation; phases: Phases; address: string }

async function answered(settings: TcpSettings, context: ProbeContext, { request, assertions, conversation, phases: timingPhases, address }: Answered): Promise<ProbeOutcome> {
  const data = conversation.received.toString('utf8');
  const responseTime = Math.round(timingPhases.connect);
  const evaluated: EvaluatedAssertion[] = await evaluateAssertions(assertions, {
    RESPONSE_TIME: numberReader(responseTime),
    RESPONSE_DATA: textReader(data),
  });
  const { overMaxResponseTime, isDegraded } = judgeLimits({ ...settings, responseTime });
  context.log('INFO', `Connected in ${timingPhases.connect} ms, received ${conversation.received.length} bytes`);
  if (conversation.error) context.log('WARN', `The connection broke after the data: ${conversation.error.message}`);
  for (const { error } of evaluated) if (error) context.log('ERROR', error);
  if (overMaxResponseTime) context.log('ERROR', `The response time of ${responseTime} ms is over the limit of ${settings.maxResponseTime} ms.`);
  else if (isDegraded) context.log('WARN', `The response time of ${responseTime} ms is over the degraded limit of ${settings.degradedResponseTime} ms.`);
  const failed = overMaxResponseTime || anyFailed(evaluated);
  return {
    verdict: failed ? 'failed' : isDegraded ? 'degraded' : 'passed',
    interrupted: false, overMaxResponseTime, networkError: false, responseTime,
    detail: {
      assertions: evaluated, request, requestError: null,
      response: { resolvedIp: address, data, truncated: conversation.received.length >= MAX_RECEIVED_BYTES, timingPhases },
    },
    fault: null,
  };
}

function cancelled(request: TcpRequest, assertions: AssertionInput[]): ProbeOutcome {
  return {
    verdict: 'failed', interrupted: true, overMaxResponseTime: false, networkError: false, responseTime: null,
    detail: { assertions: echoAssertions(assertions), request, requestError: 'The run was cancelled before it completed.' },
    fault: null,
  };
}
