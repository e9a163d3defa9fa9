/**
 * Pairs of JSON: what is asked of a whole Assay and of the target, and what must come out, word by word (scenarios/*.json).
 * `node test/scenarios.test.ts --update` (or ASSAY_UPDATE_SCENARIOS=1) writes down what comes out now, to be read before it is kept.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import test, { after, before } from 'node:test';
import { Value } from 'typebox/value';
import { traceAvailability } from '../src/checks/traceroute/runTrace.ts';
import { TestSessionResult, type ListedResult } from '../src/contract/results.ts';
import { TestSession } from '../src/contract/sessions.ts';
import type { GivenVariable } from '../src/sessions/variables.ts';
import { whyNoBrowser } from './clients/plainPlaywright.ts';
import { fillIn, generalize, placesOf } from './scenarios/places.ts';
import { startTarget, type TargetSettings } from './scenarios/target.ts';
import { startStage, type Stage } from './stage.ts';

interface Scenario {
  /** The clauses of the contract that this is about. */
  clause: string;
  says: string;
  /** What a machine may lack. */
  needs?: 'browser' | 'traceroute';
  ask: {
    target?: TargetSettings;
    accountVariables?: (GivenVariable & { value: string })[];
    /** Cancels the session when the target has been asked. */
    cancel?: true;
    jobs: Record<string, unknown>[];
  };
  answer: unknown;
}
interface Caller { get<T>(path: string): Promise<T>; post<T>(path: string, body: unknown): Promise<T> }

const FOLDER = new URL('./scenarios/', import.meta.url);
const UPDATE = process.argv.includes('--update') || process.env['ASSAY_UPDATE_SCENARIOS'] === '1';

let stage: Stage;
before(async () => { stage = await startStage(); });
after(async () => { await stage[Symbol.asyncDispose](); });

/** An account of its own for each scenario: variables of one are none of another's business. */
async function newCaller(variables: NonNullable<Scenario['ask']['accountVariables']>): Promise<Caller> {
  const { accounts } = stage.server;
  const { accountId, apiKey } = await accounts.createAccount({ name: 'Scenario' });
  for (const { key, value, secret = false } of variables) await accounts.createVariable(accountId, { key, value, secret, locked: false });
  const headers = { authorization: `Bearer ${apiKey}`, 'x-checkly-account': accountId };
  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await stage.call<never>(method, path, body, headers);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  return { get: (path) => call('GET', path), post: (path, body) => call('POST', path, body) };
}

async function play({ ask }: Scenario): Promise<unknown> {
  await using target = await startTarget(ask.target ?? {});
  const places = placesOf(target);
  const caller = await newCaller(ask.accountVariables ?? []);
  const { testSessionId } = await caller.post<{ testSessionId: string }>('/v1/test-sessions/run', {
    name: 'Scenario', runLocation: { type: 'PUBLIC', region: 'eu-central-1' },
    checkRunJobs: ask.jobs.map((job, index) => ({ logicalId: `check-${index + 1}`, name: `Check ${index + 1}`, ...fillIn(job, places) })),
  });
  if (ask.cancel) {
    await target.asked;
    await caller.post(`/v1/test-sessions/${testSessionId}/cancel`, {});
  }
  const session = await caller.get<TestSession>(`/v1/test-sessions/${testSessionId}/completion?maxWaitSeconds=30`);
  assert.ok(Value.Check(TestSession, session), JSON.stringify(Value.Errors(TestSession, session)));
  const results = await Promise.all((session.results ?? []).map(async (listed) => {
    const result = await caller.get<TestSessionResult>(`/v1/test-sessions/${testSessionId}/results/${listed.testSessionResultId}`);
    assertWellFormed(result, listed);
    return result;
  }));
  assertSequences(results);
  return generalize({ status: session.status, results: results.map(withoutSteps) }, places, stage.server.apiUrl);
}

/** Lines of level DEBUG tell what the runner does at this moment on this machine; a page that is left at once has been painted or not. */
function withoutSteps(result: TestSessionResult): TestSessionResult {
  const strip = <T>(detail: T): T => {
    const { jobLog, pages, videoMoments } = (detail ?? {}) as { jobLog?: { level: string }[]; pages?: { webVitals: Record<string, unknown> }[]; videoMoments?: { moments: { title: string; failed: boolean }[] }[] };
    if (detail === null || detail === undefined) return detail;
    return {
      ...detail, ...(jobLog ? { jobLog: jobLog.filter(({ level }) => level !== 'DEBUG') } : {}),
      ...(videoMoments ? { videoMoments: videoMoments.map((one) => ({ ...one, moments: one.moments.map(({ title, failed }) => `${title}${failed ? ' failed' : ''}`) })) } : {}),
      ...(pages ? { pages: pages.map((page) => ({ ...page, webVitals: Object.keys(page.webVitals).filter((vital) => vital === 'TTFB') })) } : {}),
    };
  };
  const { apiCheckResult } = result as { apiCheckResult?: { jobLog?: Record<string, { msg: string }[]> } | null };
  const phased = apiCheckResult?.jobLog && !Array.isArray(apiCheckResult.jobLog) ? { apiCheckResult: { ...apiCheckResult, jobLog: mapValues(apiCheckResult.jobLog, (lines) => lines.filter(({ msg }) => !msg.startsWith('Sandbox: '))) } } : {};
  return { ...result, ...phased, browserCheckResult: strip(result.browserCheckResult), multiStepCheckResult: strip(result.multiStepCheckResult) } as TestSessionResult;
}

const mapValues = <T>(record: Record<string, T>, change: (value: T) => T): Record<string, T> => Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

/** What holds for every result, whatever the scenario (A.4, A.5, K.5, K.6). */
function assertWellFormed(result: TestSessionResult, listed: ListedResult): void {
  assert.ok(Value.Check(TestSessionResult, result), JSON.stringify(Value.Errors(TestSessionResult, result)));
  for (const [key, value] of Object.entries(listed)) assert.deepEqual((result as Record<string, unknown>)[key], value, `${key} differs from the session's`);
  assert.equal(result.id, result.testSessionResultId);
  assert.equal(result.isCancelled, result.status === 'CANCELLED');
  assert.equal(result.hasFailures, result.status === 'FAILED');
  assert.ok(!result.hasErrors || result.hasFailures, 'hasErrors implies hasFailures');
  assert.ok(!result.overMaxResponseTime || result.hasFailures, 'overMaxResponseTime implies hasFailures');
  assert.ok(!result.isDegraded || !result.hasFailures, 'isDegraded excludes hasFailures');
  if (typeof result.startedAt !== 'string' || typeof result.stoppedAt !== 'string') return;
  assert.ok(Date.parse(result.stoppedAt) - Date.parse(result.startedAt) >= Math.floor(result.responseTime ?? 0) - 1, 'the run is not shorter than its request');
}

/** Exactly one FINAL, the last; every ATTEMPT before it failed; the FINAL says how many there were (K.3, K.4). */
function assertSequences(results: readonly TestSessionResult[]): void {
  for (const runs of Object.values(Object.groupBy(results, (result) => String(result.sequenceId)))) {
    assert.ok(runs);
    assert.deepEqual(runs.map((run) => run.resultType), [...runs.slice(1).map(() => 'ATTEMPT'), 'FINAL']);
    assert.ok(runs.slice(0, -1).every((run) => run.hasFailures));
    const final = runs.at(-1);
    if (final?.startedAt !== null) assert.equal(final?.attempts, runs.length);
  }
}

/** JSON to be read by people: what fits on a line stands on one. */
function written(json: unknown, indent = ''): string {
  const line = JSON.stringify(json);
  if (line.length + indent.length <= 140 || typeof json !== 'object' || json === null) return line;
  const deeper = `${indent}  `;
  const items = Array.isArray(json) ? json.map((item) => written(item, deeper))
    : Object.entries(json).map(([key, item]) => `${JSON.stringify(key)}: ${written(item, deeper)}`);
  const [open, close] = Array.isArray(json) ? ['[', ']'] : ['{', '}'];
  return `${open}\n${deeper}${items.join(`,\n${deeper}`)}\n${indent}${close}`;
}

const { reason: noTraceroute } = await traceAvailability();
const lacking = { browser: await whyNoBrowser(), traceroute: noTraceroute };
for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.json')).sort()) {
  const path = new URL(file, FOLDER);
  const scenario = JSON.parse(readFileSync(path, 'utf8')) as Scenario;
  test(`${scenario.clause}: ${scenario.says} (${file})`, { timeout: 60_000, skip: (scenario.needs && lacking[scenario.needs]) || false }, async () => {
    const answer = await play(scenario);
    if (UPDATE) writeFileSync(path, `${written({ ...scenario, answer })}\n`);
    else assert.deepEqual(answer, scenario.answer);
  });
}
