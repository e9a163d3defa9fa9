/** An agent whose every step a test takes itself, in a private location of its own: for what a run leaves, whatever it did. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { createLink, type Link } from '../src/agent/link.ts';
import type { FileFacts } from '../src/agent/runFiles.ts';
import type { Assignment } from '../src/protocol/assignment.ts';
import type { Outcome } from '../src/protocol/outcome.ts';
import type { Stage } from './stage.ts';

export interface Taken {
  assignment: Assignment;
  held: { agentId: string; runId: string; token: number };
  /** @returns the asset's id. */
  keep(file: FileFacts, bytes: Buffer): Promise<string>;
  finish(outcome?: Partial<Outcome>): Promise<void>;
}
export interface AgentByHand {
  link: Link;
  agentId: string;
  /** Starts a session of one check in this agent's place. @returns the answer of the run request. */
  run(job: object, more?: object): Promise<{ testSessionId: string; testResultIds: Record<string, string> }>;
  take(): Promise<Taken>;
}

const PASSED: Omit<Outcome, 'startedAt' | 'stoppedAt'> = {
  verdict: 'passed', interrupted: false, overMaxResponseTime: false, networkError: false, responseTime: 1, detail: {},
  log: { setup: [], request: [], teardown: [] }, fault: null,
};

/** @param stage without an agent of its own. */
export async function agentByHand(stage: Stage, slugName: string): Promise<AgentByHand> {
  const location = await stage.call<{ id: string }>('POST', '/v1/private-locations', { name: slugName, slugName, icon: 'location' });
  const key = await stage.call<{ rawKey: string }>('POST', `/v1/private-locations/${location.body.id}/keys`, {});
  const link = createLink({ serverUrl: stage.server.apiUrl, locationKey: key.body.rawKey, version: '1' });
  const agentId = randomUUID();
  await link.hello({ name: slugName, incarnation: agentId, version: '1', slots: { light: 1, heavy: 1 } });
  return {
    link, agentId,
    async run(job, more = {}) {
      const answer = await stage.call<{ testSessionId: string; testResultIds: Record<string, string> }>(
        'POST', '/v1/test-sessions/run', { name: slugName, runLocation: { type: 'PRIVATE', slugName }, checkRunJobs: [job], ...more });
      if (answer.status !== 202) throw new Error(JSON.stringify(answer.body));
      return answer.body;
    },
    async take() {
      const { assignments: [assignment] } = await link.next({ agentId, free: { light: 1, heavy: 1 }, waitMs: 30_000 }, new AbortController().signal);
      if (!assignment) throw new Error('There is nothing to do.');
      const held = { agentId, runId: assignment.runId, token: assignment.token };
      return {
        assignment, held,
        keep: async (file, bytes) => (await link.asset({ ...held, ...file }, bytes.length, () => Readable.from([bytes]), new AbortController().signal)).assetId,
        finish: async (outcome = {}) => {
          const at = Date.now();
          await link.finished({ ...held, outcome: { ...PASSED, startedAt: at, stoppedAt: at, ...outcome } });
        },
      };
    },
  };
}
