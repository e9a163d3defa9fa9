/**
 * Executes one assignment: an outcome comes out, whatever the probe does.
 * Promises: it ends, at the latest a little after the type's deadline or after the interruption; no secret of the assignment is
 * in what it gives back, nor in what it tells the agent's log; the outcome is plain JSON.
 * Never: the network, a throw. A fault of ours is `errored` with a sentence, never the target's failure.
 */
import type { Egress, SandboxEgress } from '../checks/kit/egress.ts';
import type { Net, Probe, ProbeContext, ProbeOutcome } from '../checks/kit/probe.ts';
import { createRedactor, type Redactor } from '../checks/kit/redact.ts';
import { renderTemplate } from '../checks/kit/template.ts';
import { kindOf, type CheckKind } from '../checks/schemas.ts';
import type { CheckType } from '../contract/checkTypes.ts';
import type { Assignment } from '../protocol/assignment.ts';
import type { LogLevel, Outcome } from '../protocol/outcome.ts';
import type { AgentLog } from './agentLog.ts';
import type { CaptureMode } from './capture/captureWish.ts';
import type { Captures } from './capture/openCaptures.ts';
import { openRunCapture } from './capture/openRunCapture.ts';
import { credentialsOf } from './credentials.ts';
import { deadlineOf, windDownOf } from './deadlines.ts';
import { fitDetail } from './fitDetail.ts';
import type { InterruptedBy, Interruption } from './interruption.ts';
import type { RunPlaywright } from './playwright/surroundings.ts';
import type { RunScript } from './scripts/scriptRunner.ts';
import { createJobLog, type JobLogWriter } from './jobLog.ts';
import type { RunLine } from './runLine.ts';

/** The function of each check type; none, or null, where this agent has none. */
export type ProbeTable = Readonly<Partial<Record<CheckType, Probe<never> | null>>>;

/** Wall clock in Unix ms, and monotonic clock in ms with fractions. */
export interface Clock { now(): number; tick(): number }

/** What all runs of an agent share. */
export interface Surroundings {
  probes: ProbeTable;
  net: Pick<Net, 'nameServers' | 'useOsResolver'>;
  clock: Clock;
  log: AgentLog;
  /** The rules of a run's connections; absent: there are none. */
  egress?: (assignment: Assignment) => Promise<Egress>;
  /** Packets of runs, and when they are kept unless a check says so itself; absent: none are. */
  capture?: { captures: Captures; mode: CaptureMode };
  /** Runs scripts of users; absent: checks with scripts end `errored`. */
  runScript?: RunScript;
  /** Runs browsers, multistep scripts and suites; absent: these checks end `errored`. */
  runPlaywright?: RunPlaywright;
}

/** What the run's connections are judged by, and who hears of them. */
type RunNet = Pick<Net, 'egress' | 'capture'>;
type RunSurroundings = Surroundings & { line?: RunLine | undefined; runNet?: RunNet };

/** What commands in a sandbox are handed: a denial is a line of the job log. */
const egressFor = ({ egress: policy, capture }: RunNet = {}, log: (level: LogLevel, msg: string) => void): SandboxEgress | undefined =>
  policy && { policy, capture, onDenied: (sentence) => log('WARN', sentence) };

/** Characters of another's error message in a fault. */
const LONGEST_MESSAGE = 500;

/** What the outcome is made of before it is cleaned. `loud`: the fault is in no line of the job log yet. `stoppedAt`: Unix ms, where more was done since. */
type Ended = ProbeOutcome & { loud?: true; stoppedAt?: number };

/** Runs the probe until it ends, is interrupted or is overdue. Never rejects. @param line the run's own line to the server; absent: no files, no watchers. */
export async function runProbe(assignment: Assignment, interruption: Interruption, around: Surroundings, line?: RunLine): Promise<Outcome> {
  const { checkType, variables, notices } = assignment;
  const { clock } = around;
  const startedAt = clock.now();
  const redactor = createRedactor(variables);
  const jobLog = createJobLog(redactor.text, () => clock.now(), line?.watch);
  // A newer server may know types that this agent does not.
  const phasedLog = (kindOf(checkType) as CheckKind | undefined)?.phasedLog === true;
  // Readers look at the head of the first part; other types have one part only.
  for (const notice of notices) jobLog.add('INFO', notice, 'request');
  let ended: Ended;
  try {
    ended = await endOf(assignment, interruption, { ...around, line }, redactor, (level, msg, phase = 'request') => jobLog.add(level, msg, phasedLog ? phase : 'request'));
  } catch (error) {
    ended = broken(assignment, error, redactor, around.log);
  }
  return outcomeOf(judged(ended, interruption.by, checkType), { startedAt, stoppedAt: ended.stoppedAt ?? clock.now() }, { assignment, redactor, jobLog, log: around.log });
}

/** The probe's own ending, or ours when it does not end. Rejects with what the probe throws. */
async function endOf(
  assignment: Assignment, interruption: Interruption, around: RunSurroundings, redactor: Redactor, log: ProbeContext['log'],
): Promise<Ended> {
  const { checkType, settings, variables, proxyUrl, certificates } = assignment;
  const { clock, net, probes } = around;
  const env = Object.fromEntries(variables.map(({ key, value }) => [key, value]));
  const render = (text: string) => renderTemplate(text, env, clock);
  const credentials = credentialsOf(assignment, render);
  redactor.add(...credentials);
  const probe = probes[checkType] as Probe<unknown> | null | undefined;
  if (!probe) return fault(`This agent cannot run ${checkType} checks.`);
  const egress = around.egress && await around.egress(assignment);
  const { capture, line } = around;
  // A capture shows secrets as they went over the wire, and cannot be scrubbed: of a run that has some it must be asked for.
  const secretive = credentials.length > 0 || variables.some(({ secret }) => secret);
  const recording = capture && line && await openRunCapture(assignment, () => secretive || redactor.secrets().length > 0, { ...capture, now: () => clock.now(), log: (level, msg) => log(level, msg), files: line.files });
  const runNet: RunNet = { ...(egress ? { egress } : {}), ...(recording?.capture ? { capture: recording.capture } : {}) };
  const walled = { ...around, runNet };
  let ended: Ended | undefined;
  try {
    ended = await untilCut(checkType, settings, interruption, (signal) => probe(settings, {
      ...scriptsWith(assignment, walled, redactor, log, signal), ...playwrightWith(assignment, walled, redactor, log, signal), signal, env, log, now: () => clock.now(), tick: () => clock.tick(),
      net: { ...net, certificates, proxyUrl: proxyUrl === null ? null : render(proxyUrl), ...runNet },
    }));
    return { ...ended, stoppedAt: clock.now() };
  } finally {
    // What throws is a fault of ours. A run that is somebody else's leaves nothing.
    await recording?.end(interruption.by === 'lost' ? null : ended?.verdict ?? 'errored');
  }
}

/** What a script has set may be as secret as what it was given: new values of secret variables, and credentials in the request. */
function scriptsWith(
  { variables }: Assignment, { runScript, clock, runNet }: RunSurroundings, redactor: Redactor, log: ProbeContext['log'], signal: AbortSignal,
): Pick<ProbeContext, 'scripts'> {
  if (!runScript) return {};
  const secrets = variables.filter(({ secret }) => secret).map(({ key }) => key);
  return {
    scripts: async (job) => {
      const say = (level: LogLevel, msg: string) => log(level, msg, job.phase);
      const end = await runScript(job, { signal, log: say, egress: egressFor(runNet, say), secrets: { names: secrets, onValue: (value) => redactor.add(value) } });
      if (end.kind !== 'done') return end;
      const { url, headers, queryParameters } = end.request;
      const listed = (map: Readonly<Record<string, string>>) => Object.entries(map).map(([key, value]) => ({ key, value }));
      const settings = { request: { url, headers: listed(headers), queryParameters: listed(queryParameters) } };
      redactor.add(...secrets.flatMap((key) => end.env[key] ?? []), ...credentialsOf({ settings, proxyUrl: null }, (text) => renderTemplate(text, end.env, clock)));
      return end;
    },
  };
}

/** Files of the run travel on its own line; without one there is nowhere to put what a browser leaves. */
function playwrightWith(
  { accountId }: Assignment, { runPlaywright, clock, line, runNet }: RunSurroundings, redactor: Redactor, log: ProbeContext['log'], signal: AbortSignal,
): Pick<ProbeContext, 'playwright'> {
  if (!runPlaywright || !line) return {};
  return { playwright: (job) => runPlaywright(job, { signal, log: (level, msg) => log(level, msg), redactor, files: line.files, accountId, egress: egressFor(runNet, log), now: () => clock.now() }) };
}

async function untilCut(
  checkType: CheckType, settings: unknown, interruption: Interruption, work: (signal: AbortSignal) => Promise<ProbeOutcome>,
): Promise<Ended> {
  const cut = Promise.withResolvers<Ended>();
  const giveUp = () => cut.resolve({ ...fault(`The ${checkType} probe did not stop when it was told to.`), interrupted: true });
  let timer = setTimeout(() => interruption.interrupt('overdue'), deadlineOf(checkType, assertionsIn(settings)));
  const windDown = () => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, windDownOf(checkType));
  };
  interruption.signal.addEventListener('abort', windDown, { once: true });
  try {
    const done = (async () => work(interruption.signal))();
    // The race listens to both, so that what a late probe still throws is not unhandled.
    return await Promise.race([cut.promise, done]);
  } finally {
    clearTimeout(timer);
    interruption.signal.removeEventListener('abort', windDown);
  }
}

function assertionsIn(settings: unknown): number {
  const { request } = (settings ?? {}) as { request?: { assertions?: unknown } };
  return Array.isArray(request?.assertions) ? request.assertions.length : 0;
}

function fault(sentence: string): Ended {
  return { verdict: 'errored', interrupted: false, overMaxResponseTime: false, networkError: false, responseTime: null, detail: {}, fault: sentence, loud: true };
}

/** A throw is a bug of ours: the outcome tells its message, the agent's log its stack, both without secrets. */
function broken({ checkType, runId }: Assignment, error: unknown, redactor: Redactor, log: AgentLog): Ended {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  log.error({ runId, checkType, stack: redactor.text(stack ?? message) }, 'A probe broke');
  return fault(`The ${checkType} probe broke: ${message.length > LONGEST_MESSAGE ? 'its message is too long to show' : message}`);
}

/** What this agent cut off itself is its own fault; what the server cancelled, and what ended in time, stays as it is. */
function judged(ended: Ended, by: InterruptedBy | null, checkType: CheckType): Ended {
  if (by === 'cancelled' && ended.loud) return { ...ended, interrupted: true };
  if (!ended.interrupted && !ended.loud) return ended;
  if (by === 'stopped') return cutOff(ended, 'The agent was stopped before the run had completed.');
  if (by === 'overdue') return cutOff(ended, `The ${checkType} run was cut off: it was still not done when its time was up.`);
  return ended;
}

const cutOff = ({ detail, responseTime, networkError }: Ended, sentence: string): Ended =>
  ({ ...fault(sentence), detail, responseTime, networkError, interrupted: true });

interface Cleaners { assignment: Assignment; redactor: Redactor; jobLog: JobLogWriter; log: AgentLog }

/** Adds job log and times, and takes out what must not leave. */
function outcomeOf(given: Ended, times: { startedAt: number; stoppedAt: number }, { assignment, redactor, jobLog, log }: Cleaners): Outcome {
  let ended = given;
  let fitted: ReturnType<typeof fitDetail>;
  try {
    fitted = fitDetail(ended.detail, redactor);
  } catch (error) {
    ended = broken(assignment, error, redactor, log);
    fitted = { detail: {}, notice: null };
  }
  if (fitted.notice !== null) jobLog.add('WARN', fitted.notice, 'request');
  if (ended.loud && ended.fault !== null) jobLog.add('ERROR', ended.fault, 'request');
  const { verdict, interrupted, overMaxResponseTime, networkError, responseTime } = ended;
  return {
    verdict, interrupted, overMaxResponseTime, networkError, ...times,
    responseTime: Number.isFinite(responseTime) ? responseTime : null,
    detail: fitted.detail, log: jobLog.close(), fault: ended.fault === null ? null : redactor.text(ended.fault),
  };
}
