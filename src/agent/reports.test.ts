import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../protocol/outcome.ts';
import type { FinishedRequest, StartedRequest } from '../protocol/verbs.ts';
import { assignmentOf } from '../../test/verbServer.ts';
import { SILENT } from './agentLog.ts';
import type { Link } from './link.ts';
import { LinkError } from './linkError.ts';
import type { Membership } from './membership.ts';
import { createReports } from './reports.ts';

const outcome: Outcome = {
  verdict: 'failed', interrupted: false, overMaxResponseTime: false, networkError: true, responseTime: null, startedAt: 1, stoppedAt: 2,
  detail: { requestError: 'ECONNREFUSED' }, log: { setup: [], request: [], teardown: [] }, fault: null,
};
/** Repeats what is transient at once. */
const ask: Membership['ask'] = async (question) => {
  for (;;) {
    try {
      return await question('agent');
    } catch (error) {
      if (!(error instanceof LinkError) || error.kind !== 'transient') throw error;
    }
  }
};
const reportsWith = (link: Partial<Link>, tick: () => number = () => 0, errors: string[] = []) =>
  createReports({ link: link as Link, membership: { ask }, tick, log: { ...SILENT, error: (_facts, msg) => errors.push(msg) } });

test('an outcome that the server breaks on for two minutes goes without its details', async () => {
  let now = 0;
  const offered: number[] = [];
  const reports = reportsWith({
    finished: async (request: FinishedRequest) => {
      now += 30_000;
      if (Object.keys(request.outcome.detail).length === 0) return { resultType: 'FINAL' };
      offered.push(now);
      throw new LinkError('transient', 'An internal error occurred.', 500);
    },
  }, () => now);
  assert.equal(await reports.finished(assignmentOf(), outcome), 'accepted');
  assert.deepEqual(offered, [30_000, 60_000, 90_000, 120_000, 150_000, 180_000]);
});

test('an outage, however long, costs no detail', async () => {
  let [now, tries] = [0, 0];
  let accepted: FinishedRequest | null = null;
  const reports = reportsWith({
    finished: async (request: FinishedRequest) => {
      now += 100_000;
      tries += 1;
      if (tries < 20) throw new LinkError('transient', 'down', tries % 2 === 0 ? 500 : null);
      accepted = request;
      return { resultType: 'FINAL' };
    },
  }, () => now);
  assert.equal(await reports.finished(assignmentOf(), outcome), 'accepted');
  assert.deepEqual(accepted?.['outcome'], outcome);
});

test('what the server will not have even without details is said in the log, not dropped in silence', async () => {
  const errors: string[] = [];
  const reports = reportsWith({ finished: async () => { throw new LinkError('refused', 'no', 400); } }, () => 0, errors);
  assert.equal(await reports.finished(assignmentOf(), outcome), 'unreported');
  assert.equal(errors.length, 2);
});

test('starts are kept back, collected, and told in batches; a run that ended before is left out', async () => {
  const sent: number[] = [];
  const told = Promise.withResolvers<void>();
  const reports = reportsWith({
    started: async ({ runs }: StartedRequest) => {
      sent.push(runs.length);
      if (sent.length === 2) told.resolve();
    },
  });
  const starts = Array.from({ length: 1_500 }, () => reports.started(assignmentOf(), 1));
  await Promise.all(starts.slice(-100).map((start) => start.over()));
  assert.deepEqual(sent, []);
  await told.promise;
  assert.deepEqual(sent, [1_000, 400]);
  await Promise.all(starts.map((start) => start.over()));
});

test('the end of a run waits for a report of its start that is under way', async () => {
  const [asked, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const reports = reportsWith({
    started: async () => {
      asked.resolve();
      await gate.promise;
    },
  });
  const start = reports.started(assignmentOf(), 1);
  await asked.promise;
  let over = false;
  const waiting = start.over().then(() => { over = true; });
  await new Promise(setImmediate);
  assert.equal(over, false);
  gate.resolve();
  await waiting;
});

test('a start that nobody will hear of keeps no run from going on', async () => {
  const asked = Promise.withResolvers<void>();
  const reports = reportsWith({
    started: async () => {
      asked.resolve();
      throw new LinkError('refused', 'no', 400);
    },
  });
  const start = reports.started(assignmentOf(), 1);
  await asked.promise;
  await start.over();
});
