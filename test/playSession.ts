/** A session in which every check runs as a test says, driven by an agent of its own at a place of its own. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Verdict } from '../src/protocol/outcome.ts';
import type { Engine } from '../src/sessions/engine.ts';
import type { Plan } from '../src/sessions/plan.ts';
import { check, fixed, held, outcome, plan } from './engineUnderTest.ts';

/** What a run comes to, and its request error. */
export type Run = readonly [verdict: Verdict, error?: string];

/**
 * @param checks by logical id: one check's runs, each but the last one failed and tried again at once. @param now Unix ms, of all runs.
 * @returns the session's id.
 */
export async function playSession(engine: Engine, now: number, checks: Readonly<Record<string, readonly Run[]>>, more: Partial<Plan> = {}): Promise<string> {
  const agent = { id: randomUUID(), locationId: randomUUID() };
  await engine.registerAgent({ ...agent, name: agent.id, version: '1', slots: { light: 100, heavy: 1 } });
  const location = { code: 'eu-west-1', locationId: agent.locationId, privateLocationId: null, proxyUrl: null };
  const planned = Object.entries(checks).map(([id, runs]) => check(id, { retryStrategy: runs.length > 1 ? fixed(0, runs.length - 1) : null }));
  const { sessionId, sequenceIds } = await engine.open(plan(planned, { location, ...more }));
  const left = new Map(Object.entries(checks).map(([id, runs]) => [sequenceIds[id], [...runs]]));
  const take = () => engine.assign(agent, { light: 100, heavy: 0 });
  for (let mine = await take(); mine.length > 0; mine = await take()) {
    for (const assignment of mine) {
      const [verdict, requestError = null] = left.get(assignment.sequenceId)!.shift()!;
      await engine.finished(agent.id, held(assignment), outcome(verdict, now, { detail: { assertions: [], requestError } }));
    }
  }
  assert.deepEqual([...left.values()].flat(), [], 'all runs have run');
  return sessionId;
}
