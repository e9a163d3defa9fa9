/** Two servers on one PostgreSQL: what one of them commits, the clients and agents of the other hear of at once. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import mqtt from 'mqtt';
import { freshDatabase } from './postgres.ts';
import { startStage, type Stage } from './stage.ts';

let front: Stage;
let back: Stage;
const waiting = new Set<() => void>();
const target = createServer((request, response) => {
  if (request.url === '/slow') {
    waiting.add(() => response.end('late'));
    target.emit('held');
  } else response.end('ok');
});

before(async () => {
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  const databaseUrl = await freshDatabase();
  const secretKey = 'ab'.repeat(32);
  front = await startStage({ config: { databaseUrl, secretKey, builtinAgent: null } });
  back = await startStage({ config: { databaseUrl, secretKey, builtinAgent: { light: 4, heavy: 1, name: 'back' } } });
});
after(async () => {
  for (const end of waiting) end();
  await front[Symbol.asyncDispose]();
  await back[Symbol.asyncDispose]();
  target.close();
});

const jobs = (suite: string, path: string, count: number) => Array.from({ length: count }, (_, i) => ({
  logicalId: `c${i}`, name: `c${i}`, checkType: 'URL', sourceInfo: { checkRunSuiteId: suite, checkRunId: `r${i}` },
  request: { url: `http://127.0.0.1:${(target.address() as AddressInfo).port}${path}`, method: 'GET', assertions: [] },
}));
const run = async (suite: string, path: string, count: number): Promise<string> => {
  const { status, body } = await front.call<{ testSessionId: string }>('POST', '/v1/test-sessions/run',
    { name: 'two servers', checkRunJobs: jobs(suite, path, count), runLocation: { type: 'PUBLIC', region: 'eu-west-1' } });
  assert.equal(status, 202);
  return body.testSessionId;
};

test('a session opened on the one is run by the agent of the other, and the client hears of it where it is', async () => {
  const suite = randomUUID();
  const client = await mqtt.connectAsync(front.server.mqttUrl, { protocolVersion: 4, username: front.accountId, password: front.apiKey, reconnectPeriod: 0 });
  const finals = new Set<string>();
  const all = new Promise<void>((resolve) => {
    client.on('message', (topic) => {
      if (topic.endsWith('/result')) finals.add(topic);
      if (finals.size === 20) resolve();
    });
  });
  await client.subscribeAsync(`account/${front.accountId}/ad-hoc-check-results/${suite}/+/+/+`);
  const sessionId = await run(suite, '/', 20);
  const [completed] = await Promise.all([front.call<{ status: string }>('GET', `/v1/test-sessions/${sessionId}/completion`), all]);
  assert.deepEqual([completed.status, completed.body.status], [200, 'PASSED']);
  await client.endAsync();
});

test('a cancellation on the one stops the run of an agent at the other', async () => {
  const held = once(target, 'held');
  const sessionId = await run(randomUUID(), '/slow', 1);
  await held;
  assert.equal((await front.call('POST', `/v1/test-sessions/${sessionId}/cancel`)).status, 204);
  const completed = await front.call<{ status: string }>('GET', `/v1/test-sessions/${sessionId}/completion`);
  assert.deepEqual([completed.status, completed.body.status], [200, 'CANCELLED']);
});

test('the figures tell what was run, and need no key', async () => {
  const text = await (await fetch(`${back.server.apiUrl}/metrics`)).text();
  assert.match(text, /assay_runs_total\{type="URL",result="FINAL",status="PASSED"\} 20/);
  assert.match(text, /assay_runs_total\{type="URL",result="FINAL",status="CANCELLED"\} 1/);
  assert.match(text, /assay_scheduling_delay_seconds_count\{type="URL"\} 21/);
  assert.match(text, /# TYPE assay_queue_depth gauge/);
  assert.doesNotMatch(text, /assay_queue_depth\{.*\} [1-9]/, 'nothing waits and nothing is held any more');
  assert.match(text, /nodejs_eventloop_lag_p99_seconds/);
});
