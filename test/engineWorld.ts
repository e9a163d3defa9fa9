/**
 * A world of agents and clients that do anything at any time: stale tokens, repeated and forged reports, cancellations,
 * agents that fall silent or start anew. It knows what the engine owes it, and says so by failing.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { RetryStrategy } from '../src/contract/retry.ts';
import type { Assignment } from '../src/protocol/assignment.ts';
import type { Engine } from '../src/sessions/engine.ts';
import { ENGINE_LIMITS } from '../src/sessions/limits.ts';
import { audit, auditProgress, snapshot, type Snapshot } from './audit.ts';
import { ACCOUNT, check, createEngineUnderTest, fixed, outcome, plan } from './engineUnderTest.ts';
import type { Rooms } from './stores.ts';

const AGENTS = 3;
const RETRIES: (RetryStrategy | null)[] = [
  null, fixed(0, 2), fixed(30, 1), { type: 'EXPONENTIAL', baseBackoffSeconds: 5, maxRetries: 3, maxDurationSeconds: 60 },
  { type: 'SINGLE_RETRY', baseBackoffSeconds: 5, onlyOn: ['NETWORK_ERROR'] },
];

/** Many sessions show the same errors at the same time, and in any order. */
const FAULTS = ['connect ECONNREFUSED shop', 'getaddrinfo ENOTFOUND nowhere', 'Not run by this version.'];

const agent = fc.nat(AGENTS - 1);
/** Counted from the newest, so that small numbers meet what is going on. */
const recent = fc.oneof({ weight: 4, arbitrary: fc.nat(2) }, fc.nat(40));
const picks = fc.array(recent, { minLength: 1, maxLength: 4 });
/** What a report adds to its token: mostly nothing. */
const shift = fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.constantFrom(-1, 1));

const action = fc.oneof(
  { weight: 3, arbitrary: fc.record({
    do: fc.constant('open' as const), recorded: fc.boolean(), streamLogs: fc.boolean(),
    checks: fc.array(fc.record({ retry: fc.nat(RETRIES.length - 1), type: fc.constantFrom('URL' as const, 'TCP' as const, 'PLAYWRIGHT' as const),
      heavy: fc.boolean(), unschedulable: fc.nat(11).map((n) => FAULTS[n] ?? null), named: fc.boolean() }), { minLength: 1, maxLength: 4 }),
  }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('hello' as const), agent, heavy: fc.nat(1) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('assign' as const), agent, light: fc.nat(3), heavy: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('started' as const), picks, shift }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('log' as const), pick: recent, shift }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('extend' as const), picks, shift }) },
  { weight: 8, arbitrary: fc.record({
    do: fc.constant('finished' as const), pick: recent, shift, forged: fc.nat(9).map((n) => n === 0), interrupted: fc.boolean(), networkError: fc.boolean(), fault: fc.constantFrom(...FAULTS),
    verdict: fc.constantFrom('passed' as const, 'degraded' as const, 'failed' as const, 'failed' as const, 'errored' as const),
  }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), pick: recent, which: fc.constantFrom('all' as const, 'first' as const, 'unknown' as const, 'foreign' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('expire' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;
/** Either things that happen at the same time, or time that passes. */
export type Step = { actions: Action[] } | { pass: number; expire: boolean };

const time = fc.record({ pass: fc.constantFrom(1, 1_000, 5_000, 21_000, 21_000, 46_000, 61_000, 361_000), expire: fc.boolean() });
/** @param atOnce the most actions that happen at the same time. */
export const story = (atOnce: number, maxLength: number): fc.Arbitrary<Step[]> => fc.array(
  fc.oneof({ weight: 4, arbitrary: fc.record({ actions: fc.array(action, { minLength: 1, maxLength: atOnce }) }) }, { weight: 1, arbitrary: time }),
  { minLength: maxLength >> 2, maxLength, size: 'max' },
);

interface Given { agentId: string; assignment: Assignment }
interface World {
  rooms: Rooms;
  engine: Engine;
  locationId: string;
  sessions: { id: string; first: string }[];
  /** The latest process of each name. */
  agents: { id: string; locationId: string }[];
  /** Every assignment that was ever handed out. */
  given: Given[];
  /** By run: who was believed, and what the answer was. */
  believed: Map<string, { by: string; resultType: string }>;
}

/** Lives through the story, then lets time pass until all is quiet, and looks at what is left. */
export async function live(rooms: Rooms, steps: readonly Step[]): Promise<void> {
  // An end that cannot be reached: what is looked at must not be forgotten meanwhile.
  const { engine } = createEngineUnderTest(rooms, { ...ENGINE_LIMITS, forgetMs: 1e12 });
  const world: World = { rooms, engine, locationId: randomUUID(), sessions: [], agents: [], given: [], believed: new Map() };
  for (let i = 0; i < AGENTS; i++) await hello(world, i, 1);
  let before = await look(world);
  for (const step of steps) {
    if ('actions' in step) await Promise.all(step.actions.map((one) => act(world, one)));
    else {
      await rooms.clock.advance(step.pass);
      if (step.expire) await engine.expire();
    }
    before = await look(world, before);
  }
  for (let round = 0; round < 40 && before.sessions.some((session) => session.status === 'RUNNING'); round++) {
    await rooms.clock.advance(61_000);
    await engine.expire();
    before = await look(world, before);
  }
  assert.deepEqual(before.sessions.filter((session) => session.status === 'RUNNING'), [], 'every session ends');
  assert.deepEqual(await rooms.queue.depth(), [], 'nothing stays in the queue');
}

async function look({ rooms, sessions }: World, before?: Snapshot): Promise<Snapshot> {
  const now = await snapshot(rooms.store, sessions.map((session) => session.id));
  audit(now);
  if (before) auditProgress(before, now);
  return now;
}

const newest = <T>(list: readonly T[], back: number): T | undefined => list[list.length - 1 - (back % Math.max(1, list.length))];
const reported = ({ assignment }: Given, by: number) => ({ runId: assignment.runId, token: Math.max(0, assignment.token + by) });

async function act(world: World, one: Action): Promise<void> {
  const { engine, rooms } = world;
  const now = rooms.clock.now();
  if (one.do === 'open') return open(world, one);
  if (one.do === 'hello') return hello(world, one.agent, one.heavy);
  if (one.do === 'assign') return assign(world, one);
  if (one.do === 'finished') return finished(world, one);
  if (one.do === 'cancel') return cancel(world, one);
  if (one.do === 'expire') return void await engine.expire();
  if (one.do === 'restart') return engine.graceAfterRestart(10_000);
  const given = 'picks' in one ? one.picks.flatMap((back) => newest(world.given, back) ?? []) : [newest(world.given, one.pick)].flatMap((one) => one ?? []);
  const [first] = given;
  if (!first) return;
  const mine = [...new Set(given.filter((each) => each.agentId === first.agentId))];
  if (one.do === 'started') return engine.started(first.agentId, mine.map((each) => ({ ...reported(each, one.shift), startedAt: now })));
  if (one.do === 'extend') return extend(world, first.agentId, mine.map((each) => reported(each, one.shift)));
  await orLost(() => engine.log(first.agentId, reported(first, one.shift), [{ time: now, msg: 'line', level: 'INFO' }]));
}

/** The only refusal an agent may meet. */
async function orLost<T>(report: () => Promise<T>): Promise<T | undefined> {
  try {
    return await report();
  } catch (error) {
    assert.equal((error as { errorCode?: string }).errorCode, 'ERR_LEASE_LOST', String((error as Error).stack));
    return undefined;
  }
}

async function open(world: World, { checks, recorded, streamLogs }: Extract<Action, { do: 'open' }>): Promise<void> {
  const planned = checks.map((one, i) => check(`check-${i}`, {
    checkType: one.type, weight: one.heavy ? 'heavy' : 'light', retryStrategy: RETRIES[one.retry] ?? null,
    scheduleError: one.unschedulable, checkRunId: one.named ? randomUUID() : null,
  }));
  const location = { code: 'eu-west-1', locationId: world.locationId, privateLocationId: null, proxyUrl: null };
  const opened = await world.engine.open(plan(planned, { recorded, streamLogs, location, suiteId: recorded ? randomUUID() : null }));
  world.sessions.push({ id: opened.sessionId, first: opened.sequenceIds['check-0']! });
}

async function hello(world: World, index: number, heavy: number): Promise<void> {
  const agent = { id: randomUUID(), locationId: world.locationId };
  await world.engine.registerAgent({ ...agent, name: `agent ${index}`, version: '1', slots: { light: 3, heavy } });
  world.agents[index] = agent;
}

async function assign(world: World, { agent: index, light, heavy }: Extract<Action, { do: 'assign' }>): Promise<void> {
  const agent = world.agents[index]!;
  const assignments = await world.engine.assign(agent, { light, heavy });
  assert.ok(assignments.filter((one) => one.weight === 'light').length <= light && assignments.filter((one) => one.weight === 'heavy').length <= heavy);
  for (const assignment of assignments) {
    assert.ok(!world.believed.has(assignment.runId), 'what has ended is not handed out');
    for (const { assignment: former } of world.given.filter((one) => one.assignment.runId === assignment.runId)) {
      assert.notEqual(assignment.token, former.token, 'no two agents hold one run with one token');
    }
    const row = await world.rooms.store.read.selectFrom('results').select('available_at').where('id', '=', assignment.runId).executeTakeFirstOrThrow();
    assert.ok(row.available_at <= world.rooms.clock.now(), 'nothing starts before its time');
    world.given.push({ agentId: agent.id, assignment });
  }
}

async function extend({ engine }: World, agentId: string, runs: { runId: string; token: number }[]): Promise<void> {
  const answer = await engine.extend(agentId, runs);
  for (const id of [...answer.cancelled, ...answer.lost]) assert.ok(runs.some((run) => run.runId === id));
  assert.ok(!answer.cancelled.some((id) => answer.lost.includes(id)));
}

async function finished(world: World, one: Extract<Action, { do: 'finished' }>): Promise<void> {
  const given = newest(world.given, one.pick);
  if (!given) return;
  const agentId = one.forged ? world.agents[0]!.id : given.agentId;
  const report = reported(given, one.shift);
  const what = outcome(one.verdict, world.rooms.clock.now(), {
    interrupted: one.interrupted, networkError: one.networkError, detail: { assertions: [], requestError: one.verdict === 'passed' ? null : one.fault },
  });
  const by = `${agentId} ${report.token}`;
  const former = world.believed.get(report.runId);
  const answer = await orLost(() => world.engine.finished(agentId, report, what));
  if (former?.by === by) assert.deepEqual(answer, { resultType: former.resultType }, 'who was believed is answered alike, however often');
  if (!answer) return;
  const now = world.believed.get(report.runId) ?? { by, resultType: answer.resultType };
  assert.deepEqual({ by, resultType: answer.resultType }, now, 'only one is believed');
  world.believed.set(report.runId, now);
  const row = await world.rooms.store.read.selectFrom('results').select(['log', 'result_type']).where('id', '=', report.runId).executeTakeFirstOrThrow();
  assert.equal(row.result_type, answer.resultType);
  assert.ok(row.log, 'what was believed was kept');
}

async function cancel({ engine, sessions }: World, { pick, which }: Extract<Action, { do: 'cancel' }>): Promise<void> {
  const session = newest(sessions, pick);
  if (!session) return;
  if (which === 'foreign') assert.equal(await engine.cancel(randomUUID(), session.id), false);
  else if (which === 'all') assert.equal(await engine.cancel(ACCOUNT, session.id), true);
  else assert.equal(await engine.cancel(ACCOUNT, session.id, [which === 'first' ? session.first : randomUUID()]), true);
}
