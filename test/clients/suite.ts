/** What the tests of one CLI version share: a stage, targets, a project, and one recorded session to read. */
import assert from 'node:assert/strict';
import type { TestSession } from '../../src/contract/sessions.ts';
import type { TestSessionResult } from '../../src/contract/results.ts';
import { startStage, type Stage } from '../stage.ts';
import { createProject, type Cli, type Project } from './project.ts';
import { startCli, type CliRun, type RunningCli } from './runCli.ts';
import { startTargets, type Targets } from './targets.ts';

export interface Recorded {
  run: CliRun;
  session: TestSession;
  /** In full, as the API gives them to anyone. */
  results: TestSessionResult[];
}

export interface Suite {
  stage: Stage;
  targets: Targets;
  project: Project;
  start(args: readonly string[], env?: Record<string, string>): RunningCli;
  run(args: readonly string[], env?: Record<string, string>): Promise<CliRun>;
  /** The API's answer; fails unless it is a 200. */
  get<T>(path: string): Promise<T>;
  /** A session and its results in full. */
  readSession(id: string): Promise<Omit<Recorded, 'run'>>;
  /** `test --record` with the reporters ci, json and github; run once, for all who look at it. */
  recorded(): Promise<Recorded>;
  close(): Promise<void>;
}

/** What the general limit is for everybody. */
export const RATE_LIMIT = 600;

/** @param project default: a copy of test/clients/checks. @param patterns of the checks that are recorded. It closes what it is given. */
export async function createSuite(cli: Cli, project: Project = createProject(cli, 'checks'), patterns: readonly string[] = ['colours']): Promise<Suite> {
  const [stage, targets] = await Promise.all([startStage({ config: { rateLimitPerMinute: RATE_LIMIT } }), startTargets()]);
  const start: Suite['start'] = (args, env = {}) => startCli(cli, args, { project, env: { ...stage.cliEnv, ...targets.env, ...env } });
  const get = async <T>(path: string): Promise<T> => {
    const { status, body } = await stage.call<T>('GET', path);
    assert.equal(status, 200, `GET ${path}: ${JSON.stringify(body)}`);
    return body;
  };
  const record = async (): Promise<Recorded> => {
    const running = start(['test', ...patterns, '--record', '--reporter', 'ci,json,github']);
    await running.untilPrinted('Detailed session summary at:');
    // Nothing must keep it once it has said everything: it would stay for a check that it has not seen start.
    const run = await running.endWithin(10_000);
    return { run, ...await readSession(sessionIdOf(run.stdout)) };
  };
  const readSession: Suite['readSession'] = async (id) => {
    const session = await get<TestSession>(`/v1/test-sessions/${id}`);
    const results = await Promise.all((session.results ?? []).map(({ testSessionResultId }) => get<TestSessionResult>(`/v1/test-sessions/${id}/results/${testSessionResultId}`)));
    return { session, results };
  };
  let recorded: Promise<Recorded> | undefined;
  return {
    stage, targets, project, start, get, readSession,
    run: (args, env) => start(args, env).ended,
    recorded: () => recorded ??= record(),
    async close() {
      await stage[Symbol.asyncDispose]();
      await targets.close();
      project[Symbol.dispose]();
    },
  };
}

/** The session that the CLI has said it records. */
export function sessionIdOf(stdout: string): string {
  const id = /Test session ID: ([0-9a-f-]{36})/.exec(stdout)?.[1];
  assert.ok(id, `The CLI named no session.\n${stdout}`);
  return id;
}

export type Verdict = 'green' | 'degraded' | 'red' | 'cancelled';

/** The verdict a check of test/clients/checks must get: the first word of its name. */
export const wanted = (name: string): Verdict => name.split(' ')[0] as Verdict;

export const verdictOf = ({ hasFailures, isDegraded }: Pick<TestSessionResult, 'hasFailures' | 'isDegraded'>): Verdict =>
  (hasFailures ? 'red' : isDegraded ? 'degraded' : 'green');

/** `duration` as printed; `verdict` undefined for a symbol that is none, such as that of a check still waiting. */
export interface Row { verdict: Verdict | undefined; duration: string }
const SYMBOLS: Record<string, Verdict> = { '✔': 'green', '⚠': 'degraded', '✖': 'red', '⊘': 'cancelled' };

/** The last line about each check, by its name. */
export function rowsOf({ stdout }: CliRun): Map<string, Row> {
  const rows = stdout.matchAll(/^ {2}(\S) (.+?)(?: \((\d+m?s)\))?$/gmu);
  return new Map(Array.from(rows, ([, symbol = '', name = '', duration = '']) => [name, { verdict: SYMBOLS[symbol], duration }]));
}

/** The last line of counts: `2 failed, 5 passed, 7 total`. */
export const countsOf = ({ stdout }: CliRun): string | undefined => Array.from(stdout.matchAll(/^(?:\d+ \w+, )*\d+ total$/gm)).at(-1)?.[0];

/** As the CLI prints a duration in ms. */
export const printedDuration = (ms: number): string => (ms < 1000 ? `${ms}ms` : `${Math.ceil(ms / 1000)}s`);
