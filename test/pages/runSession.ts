/** A session of checks on a stage, run to its end. */
import assert from 'node:assert/strict';
import type { TestSession } from '../../src/contract/sessions.ts';
import type { Stage } from '../stage.ts';

/** @returns the session's id and those of the final results, by the check's logical id (each is also its name). */
export async function runSession(stage: Stage, name: string, checks: readonly { logicalId: string; [setting: string]: unknown }[]): Promise<{ sessionId: string; results: Record<string, string> }> {
  const started = await stage.call<{ testSessionId: string }>('POST', '/v1/test-sessions/run', {
    name, runLocation: { type: 'PUBLIC', region: 'eu-central-1' }, sharedFiles: [], checkRunJobs: checks.map((check) => ({ name: check.logicalId, ...check })),
  });
  assert.equal(started.status, 202, JSON.stringify(started.body));
  const { testSessionId } = started.body;
  let session: TestSession;
  do {
    session = (await stage.call<TestSession>('GET', `/v1/test-sessions/${testSessionId}/completion?maxWaitSeconds=30`)).body;
  } while (!('status' in session) || session.status === 'RUNNING');
  const finals = (session.results ?? []).filter(({ resultType }) => resultType === 'FINAL');
  return { sessionId: testSessionId, results: Object.fromEntries(finals.map(({ name: check, testSessionResultId }) => [check, testSessionResultId])) };
}
