/** The run engine on real rooms, with the agents and clients that drive it from a test. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { EventRecord } from '../src/events/eventLog.ts';
import type { RetryStrategy } from '../src/contract/retry.ts';
import type { Assignment } from '../src/protocol/assignment.ts';
import type { Outcome, Verdict } from '../src/protocol/outcome.ts';
import { createEngine, type Engine } from '../src/sessions/engine.ts';
import type { EngineDeps, ResultRow, SequenceRow, SessionRow } from '../src/sessions/ledger.ts';
import { ENGINE_LIMITS, type EngineLimits } from '../src/sessions/limits.ts';
import type { Plan, PlannedCheck } from '../src/sessions/plan.ts';
import { createSeal } from '../src/store/seal.ts';
import type { Rooms } from './stores.ts';

export const ACCOUNT = 'a0000000-0000-4000-8000-000000000001';
export const LOCATION = 'public';

export interface Agent { id: string; locationId: string; name: string }

export interface EngineUnderTest {
  /** Storage keys whose bytes the engine had removed. */
  removed: string[];
  engine: Engine;
  deps: EngineDeps;
  rooms: Rooms;
  /** Says hello as a new process. */
  agent(name?: string, slots?: { light: number; heavy: number }): Promise<Agent>;
  /** All that the agent can be given now. */
  take(agent: Agent): Promise<Assignment[]>;
  session(id: string): Promise<SessionRow>;
  sequences(sessionId: string): Promise<SequenceRow[]>;
  /** In the order of the checks, then of the attempts. */
  results(sessionId: string): Promise<ResultRow[]>;
  events(sessionId: string): Promise<EventRecord[]>;
}

/** @param limits where the usual ones will not do. */
export function createEngineUnderTest(rooms: Rooms, limits: EngineLimits = ENGINE_LIMITS): EngineUnderTest {
  const seal = createSeal(randomBytes(32), () => randomBytes(12));
  const removed: string[] = [];
  const deps: EngineDeps = {
    store: rooms.store, queue: rooms.queue, events: rooms.events, seal, limits, clock: rooms.clock.now, newId: () => randomUUID(),
    removeFile: async (key) => { removed.push(key); },
  };
  const engine = createEngine(deps);
  const read = rooms.store.read;
  return {
    engine, deps, rooms, removed,
    async agent(name = 'agent', slots = { light: 10, heavy: 2 }) {
      const agent = { id: randomUUID(), locationId: LOCATION, name };
      await engine.registerAgent({ ...agent, version: '1', slots });
      return agent;
    },
    take: (agent) => engine.assign(agent, { light: 100, heavy: 100 }),
    session: (id) => read.selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
    sequences: (id) => read.selectFrom('sequences').selectAll().where('session_id', '=', id).orderBy('position').execute(),
    results: (id) => read.selectFrom('results').innerJoin('sequences', 'sequences.id', 'results.sequence_id').selectAll('results')
      .where('results.session_id', '=', id).orderBy('sequences.position').orderBy('results.attempt').execute(),
    events: (id) => read.selectFrom('events').selectAll().where('session_id', '=', id).orderBy('seq').execute(),
  };
}

export const check = (logicalId: string, more: Partial<PlannedCheck> = {}): PlannedCheck => ({
  logicalId, checkId: null, checkType: 'URL', name: `Check ${logicalId}`, filePath: `src/${logicalId}.check.ts`, checkRunId: null, weight: 'light',
  settings: { request: { url: 'http://shop.test/' } }, variables: [], retryStrategy: null, scheduleError: null, notices: [], ...more,
});

export const plan = (checks: PlannedCheck[], more: Partial<Plan> = {}): Plan => ({
  accountId: ACCOUNT, name: 'Session', provider: 'API', recorded: true, runSource: 'TEST_RECORD', projectId: null,
  location: { code: 'eu-west-1', locationId: LOCATION, privateLocationId: null, proxyUrl: null }, suiteId: 'suite-1', streamLogs: false,
  invoker: { userId: null, name: null },
  facts: { environment: null, repoUrl: null, commitId: null, commitOwner: null, commitMessage: null, branchName: null, github: null },
  checks, ...more,
});

export const fixed = (baseBackoffSeconds: number, maxRetries: number): RetryStrategy => ({ type: 'FIXED', baseBackoffSeconds, maxRetries, maxDurationSeconds: 600 });

/** A run that started at `startedAt` (Unix ms) and took 120 ms. */
export const outcome = (verdict: Verdict, startedAt: number, more: Partial<Outcome> = {}): Outcome => ({
  verdict, interrupted: false, overMaxResponseTime: false, networkError: false, responseTime: 100, startedAt, stoppedAt: startedAt + 120,
  detail: { assertions: [], requestError: null }, log: { setup: [], request: [{ time: startedAt, msg: 'GET', level: 'INFO' }], teardown: [] }, fault: null, ...more,
});

export const held = ({ runId, token }: Assignment): { runId: string; token: number } => ({ runId, token });
