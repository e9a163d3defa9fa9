/**
 * The gRPC probe (B.12): resolve, connect, find the method, call it once, judge.
 * Promises: connection failures are in `response.error` with the codes of B.8, what makes a call impossible is a sentence in
 * `requestError`; everything ends within the check's timeout.
 * Never: throws for what the target or a definition does; a second attempt.
 */
import { echoAssertions, type AssertionInput } from '../kit/assertions.ts';
import { withDeadline } from '../kit/deadline.ts';
import { resolveAllowed, resolveHost, type NetworkFault } from '../kit/dial.ts';
import type { Probe, ProbeContext, ProbeOutcome } from '../kit/probe.ts';
import { renderAssertions } from '../kit/renderAssertions.ts';
import type { Told } from './conversation.ts';
import { headersOf } from './metadata.ts';
import { questionOf, renderRequest, type Rendered } from './request.ts';
import type { GrpcSettings } from './schema.ts';
import { answered, impossible, unreachable, type Run } from './verdict.ts';

/** The probe with the length of its seconds handed in; `probeGrpc` has those of everybody. */
export function createGrpcProbe({ secondMs }: { secondMs: number }): Probe<GrpcSettings> {
  return async (settings, context) => {
    const request = renderRequest(settings, context);
    const assertions = renderAssertions(settings.request.assertions, context.env, context);
    const run: Run = { settings, context, request, assertions, phases: { dns: 0, connect: 0, total: 0 } };
    const limitMs = request.timeout * secondMs;
    const parts = await load();
    const within = await withDeadline(limitMs, context.signal, (signal) => hold(run, { ...context, signal }, limitMs, parts));
    if (within.kind === 'cancelled' || context.signal.aborted) return cancelled(request, assertions);
    if (within.kind === 'timeout') return unreachable(run, tooLate(run, request.timeout));
    const told = within.value;
    if (told.kind === 'broken') return unreachable(run, told.error);
    return told.kind === 'impossible' ? impossible(run, told) : answered(run, told);
  };
}

export const probeGrpc: Probe<GrpcSettings> = createGrpcProbe({ secondMs: 1_000 });

/** With the first gRPC check: agents that never see one start without it. Not at the cost of the check's own time. */
async function load() {
  const [{ converse, prepare }, { openConnection }] = await Promise.all([import('./conversation.ts'), import('./connection.ts')]);
  return { converse, prepare, openConnection };
}

/** A server that counts by itself must not come before our own limit: which of the two speaks first would be an accident. */
const SERVER_GRACE_MS = 1_000;

/** What it learns on the way stands in `run`, also when the time is up. @param context its signal ends the connection. */
async function hold(run: Run, context: ProbeContext, limitMs: number, { converse, prepare, openConnection }: Awaited<ReturnType<typeof load>>): Promise<Told> {
  const { request: { url, port, ipFamily, skipSSL, grpcConfig } } = run;
  const fields = headersOf(grpcConfig.metadata);
  if ('problem' in fields) return { kind: 'impossible', problem: fields.problem, methods: [] };
  const question = questionOf(run.request);
  const ready = prepare(question);
  if (ready && 'problem' in ready) return ready;

  const startedAt = context.tick();
  const resolved = await resolveAllowed(context.net.egress, url, port, () => resolveHost(url, ipFamily === 'IPv6' ? 6 : 4, context));
  run.phases.dns = context.tick() - startedAt;
  if ('error' in resolved) return { kind: 'broken', error: resolved.error };
  run.address = resolved.address;
  context.log('INFO', `Connecting to ${resolved.address} port ${port}${grpcConfig.tls ? ' with TLS' : ''}`);
  const { signal, tick, log, net: { certificates, capture } } = context;
  const opened = await openConnection({ host: url, address: resolved.address, port, tls: grpcConfig.tls }, { signal, tick, log, skipSSL, certificates, capture });
  if ('error' in opened) return { kind: 'broken', error: opened.error };
  using connection = opened;
  run.phases.connect = connection.connectMs;
  const leftMs = () => limitMs - (tick() - startedAt) + SERVER_GRACE_MS;
  const told = await converse(question, ready, { connection, headers: fields.headers, leftMs, context });
  if (told.kind === 'answered') run.phases.total = run.phases.dns + run.phases.connect + told.callMs;
  return told;
}

function tooLate({ address, request }: Run, seconds: number): NetworkFault {
  const { url, port } = request;
  const what = address === undefined ? `${url} could not be resolved` : `${address}:${port} did not answer`;
  return { code: 'SOCKET_TIMEOUT', message: `${what} within ${seconds} s`, address: address ?? url, port };
}

function cancelled(request: Rendered, assertions: AssertionInput[]): ProbeOutcome {
  return {
    verdict: 'failed', interrupted: true, overMaxResponseTime: false, networkError: false, responseTime: null,
    detail: { assertions: echoAssertions(assertions), request, requestError: 'The run was cancelled before it completed.' },
    fault: null,
  };
}
