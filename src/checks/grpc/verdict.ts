/** How a run is judged, and what its result says (B.3, B.4, B.12). */
import { anyFailed, echoAssertions, evaluateAssertions, type AssertionInput, type SourceReader } from '../kit/assertions.ts';
import { isNetworkError, type NetworkFault } from '../kit/dial.ts';
import { DENIED } from '../kit/egress.ts';
import { judgeLimits } from '../kit/limits.ts';
import type { ProbeContext, ProbeOutcome } from '../kit/probe.ts';
import { headerReader, jsonReader, numberReader, textReader } from '../kit/readers.ts';
import { cutText } from '../kit/storedBody.ts';
import type { Answered, Message, Told } from './conversation.ts';
import { HEALTH_LABELS, HEALTH_METHOD, SERVING } from './health.ts';
import { maskMetadata, shownRequest, type Rendered } from './request.ts';
import type { GrpcSettings } from './schema.ts';
import { STATUS, statusName, statusText } from './statusCodes.ts';

/** All that is known of a run; the probe adds to it as it goes. */
export interface Run {
  settings: GrpcSettings;
  context: ProbeContext;
  request: Rendered;
  assertions: AssertionInput[];
  address?: string;
  /** ms; `total` is set with the answer. */
  phases: { dns: number; connect: number; total: number };
}

/** Fractions of a millisecond matter on a LAN; three decimals are what the clock gives. */
const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;

function common({ request, address, phases }: Run, methods: readonly string[]) {
  const { grpcConfig, url, port } = request;
  const timingPhases = { dns: rounded(phases.dns), connect: rounded(phases.connect), total: rounded(phases.total || phases.dns + phases.connect) };
  return {
    timingPhases, request: shownRequest(request),
    response: {
      grpcMode: grpcConfig.mode, host: url, ...(address === undefined ? {} : { resolvedIp: address }), port,
      grpcMethod: grpcConfig.mode === 'HEALTH' ? HEALTH_METHOD : grpcConfig.method, discoveredMethods: [...methods], timingPhases,
    },
  };
}

/** No answer came. `shouldFail` accepts that (B.4), but not what the network has nothing to do with, such as a bad certificate. */
export function unreachable(run: Run, error: NetworkFault): ProbeOutcome {
  const { settings, context, assertions } = run;
  const ofTheNetwork = isNetworkError(error.code);
  const passes = settings.shouldFail === true && ofTheNetwork;
  context.log(passes ? 'INFO' : 'ERROR', `${error.code}: ${error.message}${passes ? ' (accepted: shouldFail is set)' : ''}`);
  const { response, ...shown } = common(run, []);
  return {
    verdict: passes ? 'passed' : 'failed', interrupted: error.code === 'SOCKET_TIMEOUT', overMaxResponseTime: false,
    networkError: !passes && ofTheNetwork, responseTime: null,
    detail: {
      assertions: echoAssertions(assertions), requestError: error.code === DENIED ? error.message : null, healthStatus: null, ...shown,
      response: { ...response, error, requestError: error.message },
    },
    fault: null,
  };
}

/** The call could not be made. */
export function impossible(run: Run, { problem, methods }: Extract<Told, { kind: 'impossible' }>): ProbeOutcome {
  run.context.log('ERROR', problem);
  const { response, ...shown } = common(run, methods);
  return {
    verdict: 'failed', interrupted: false, overMaxResponseTime: false, networkError: false, responseTime: null,
    detail: {
      assertions: echoAssertions(run.assertions), requestError: problem, healthStatus: null, ...shown, response: { ...response, requestError: problem },
    },
    fault: null,
  };
}

export async function answered(run: Run, told: Answered): Promise<ProbeOutcome> {
  const { settings, context, assertions } = run;
  const { status, message, metadata, healthStatus } = told;
  const responseTime = Math.round(run.phases.total);
  context.log('INFO', `${statusText(status)} in ${rounded(run.phases.total)} ms${healthStatus === null ? '' : `, ${HEALTH_LABELS[healthStatus] ?? healthStatus}`}`);
  if (message && 'problem' in message) context.log('WARN', message.problem);
  const evaluated = await evaluateAssertions(assertions, readersFor(told, responseTime));
  const { overMaxResponseTime, isDegraded } = judgeLimits({ ...settings, responseTime });
  const bad = settings.shouldFail === true ? null : whatIsBad(run, told);
  if (bad !== null) context.log('ERROR', bad);
  for (const { error } of evaluated) if (error) context.log('ERROR', error);
  if (overMaxResponseTime) context.log('ERROR', `The response time of ${responseTime} ms is over the limit of ${settings.maxResponseTime} ms.`);
  else if (isDegraded) context.log('WARN', `The response time of ${responseTime} ms is over the degraded limit of ${settings.degradedResponseTime} ms.`);
  const failed = bad !== null || overMaxResponseTime || anyFailed(evaluated);
  const { response, ...shown } = common(run, told.methods);
  return {
    verdict: failed ? 'failed' : isDegraded ? 'degraded' : 'passed', interrupted: false, overMaxResponseTime, networkError: false, responseTime,
    detail: {
      assertions: evaluated, requestError: null, grpcStatusCode: status.code, healthStatus, ...shown,
      response: {
        ...response, ...shownMessage(message), grpcStatusCode: status.code, grpcStatusMessage: status.message || (statusName(status.code) ?? ''),
        healthStatus, ...(healthStatus === null ? {} : { healthStatusLabel: HEALTH_LABELS[healthStatus] ?? String(healthStatus) }),
        metadata: maskMetadata(metadata), requestError: null,
      },
    },
    fault: null,
  };
}

/**
 * The rule of a check without assertions (B.12): status 0, and SERVING in HEALTH mode. Who asserts one of the two has taken its judgement
 * over; a health status that comes with another status than 0 is judged with it.
 */
function whatIsBad({ request, assertions }: Run, { status, healthStatus }: Answered): string | null {
  const asserts = (source: string) => assertions.some((one) => one.source === source);
  const healthIsAsserted = healthStatus !== null && asserts('GRPC_HEALTHCHECK_STATUS');
  if (status.code !== STATUS.OK) {
    return asserts('GRPC_STATUS_CODE') || healthIsAsserted ? null : `The call ended with ${statusText(status)}. Assert GRPC_STATUS_CODE to accept this code.`;
  }
  if (request.grpcConfig.mode !== 'HEALTH' || healthStatus === SERVING || healthIsAsserted) return null;
  return `The server says ${HEALTH_LABELS[healthStatus ?? -1] ?? healthStatus}, which is not SERVING. Assert GRPC_HEALTHCHECK_STATUS to accept it.`;
}

function readersFor({ status, message, metadata, healthStatus }: Answered, responseTime: number): Record<string, SourceReader> {
  const headers: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const { key, value } of metadata) (headers[key] ??= []).push(value);
  return {
    RESPONSE_TIME: numberReader(responseTime),
    GRPC_STATUS_CODE: numberReader(status.code),
    GRPC_HEALTHCHECK_STATUS: ({ comparison }) => {
      if (comparison !== 'EQUALS' && comparison !== 'NOT_EQUALS') return { kind: 'error', message: 'GRPC_HEALTHCHECK_STATUS is compared with EQUALS and NOT_EQUALS only.' };
      return healthStatus === null ? { kind: 'absent' } : { kind: 'value', value: healthStatus };
    },
    GRPC_RESPONSE: ofMessage(message, (json) => jsonReader(() => JSON.parse(json) as unknown)),
    TEXT_BODY: ofMessage(message, textReader),
    GRPC_METADATA: headerReader(headers),
  };
}

function ofMessage(message: Message, reader: (json: string) => SourceReader): SourceReader {
  if (message === null) return () => ({ kind: 'absent' });
  return 'json' in message ? reader(message.json) : () => ({ kind: 'error', message: message.problem });
}

function shownMessage(message: Message): { responseMessage?: string; truncated?: true } {
  if (message === null || !('json' in message)) return {};
  const { text, cut } = cutText(message.json);
  return { responseMessage: text, ...(cut ? { truncated: true as const } : {}) };
}
