/**
 * What the CLI's own way of printing needs beyond the contract. `test-sessions get --result` prints every `apiCheckResult`
 * as an HTTP exchange and reads `response` without looking whether there is one: a result without an answer ends it with a
 * TypeError, and a TCP, DNS or ICMP result shows "undefined". Of a traceroute it leaves out what has other names than it knows.
 * Other clients get the contract's form, without these keys.
 */
import type { FastifyRequest } from 'fastify';
import type { TestSessionResult } from '../contract/results.ts';

/** Set by the CLI on every request (cli-wire 2). */
export const isCli = (request: FastifyRequest): boolean => request.headers['x-checkly-source'] === 'CLI';

type Parts = Record<string, unknown>;
interface Look { request: Parts; response: Parts }

const errorCode = (response: Parts): unknown => (response['error'] as { code?: unknown } | undefined)?.code;

/** A type's exchange in the words of HTTP: keys that are missing, never ones that are there. */
const LOOKS: Partial<Record<TestSessionResult['checkType'], (request: Parts, response: Parts) => Look>> = {
  TCP: (request, response) => ({
    request: { method: 'TCP', url: `${request['hostname']}:${request['port']}` },
    response: { status: errorCode(response) ?? 'connected', body: response['data'] },
  }),
  DNS: (request, response) => ({
    request: { method: 'DNS', url: `${request['recordType']} ${request['query']}` },
    response: { status: response['returnCode'], body: response['answer'] },
  }),
  ICMP: (request, response) => ({
    request: { method: 'ICMP', url: request['hostname'] },
    response: { status: errorCode(response) ?? `${response['packetsReceived']} of ${response['packetsSent']} packets received` },
  }),
};

/** A status that is none, in the place where the CLI prints one. */
const NO_RESPONSE: Parts = { status: 0, statusText: 'no response' };

/** Printed without a look whether it is there; absent where a run has not begun. */
const NOT_KNOWN = { runtimeVersion: 'unknown' };

/** Of gRPC, SSL and traceroute runs it prints `requestError` alone, and would say nothing of a connection that failed. */
function withReason<R extends { requestError?: string | null | undefined; response?: unknown }>(result: R): R {
  const { code, message } = ((result.response as Parts | null | undefined)?.['error'] ?? {}) as { code?: unknown; message?: unknown };
  if (result.requestError || code === undefined) return result;
  const told = String(message);
  return { ...result, requestError: told.includes(String(code)) ? told : `${String(code)}: ${told}` };
}

/** The extremes have other names there; an error would hide the assertions, which a trace without a hop has not judged. */
function presentTrace(trace: NonNullable<TestSessionResult['tracerouteCheckResult']>): typeof trace {
  const latency = trace.finalHopLatency as Parts | null | undefined;
  const named = latency ? { ...trace, finalHopLatency: { ...latency, best: latency['min'], worst: latency['max'] } } : trace;
  return named.totalHops === 0 ? withReason(named) : named;
}

export function presentForCli(result: TestSessionResult): TestSessionResult {
  if (result.browserCheckResult) return { ...result, browserCheckResult: { type: 'unknown', ...NOT_KNOWN, ...result.browserCheckResult } };
  if (result.multiStepCheckResult) return { ...result, multiStepCheckResult: { ...NOT_KNOWN, ...result.multiStepCheckResult } };
  if (result.grpcCheckResult) return { ...result, grpcCheckResult: withReason(result.grpcCheckResult) };
  if (result.sslCheckResult) return { ...result, sslCheckResult: withReason(result.sslCheckResult) };
  if (result.tracerouteCheckResult) return { ...result, tracerouteCheckResult: presentTrace(result.tracerouteCheckResult) };
  const { apiCheckResult: exchange } = result;
  if (!exchange) return result;
  const request = (exchange.request ?? {}) as Parts;
  const response = exchange.response as Parts | undefined;
  const look = LOOKS[result.checkType]?.(request, response ?? {});
  return {
    ...result,
    apiCheckResult: {
      ...exchange,
      request: { ...look?.request, ...request },
      response: response ? { ...look?.response, ...response } : NO_RESPONSE,
    },
  };
}
