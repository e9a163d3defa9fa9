/** The event stream as a client sees it: the real mqtt package over a real WebSocket (cli-wire 5). */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import mqtt, { type MqttClient } from 'mqtt';
import { startStage, type Stage } from './stage.ts';

interface Message { topic: string; payload: string }

/** Connects as the CLI does and collects what comes. */
async function connect(stage: Stage, username = stage.accountId, password = stage.apiKey): Promise<{ client: MqttClient; messages: Message[]; until(count: number, kind: string): Promise<Message[]> }> {
  const client = await mqtt.connectAsync(`${stage.server.mqttUrl}?authenticationScheme=userApiKey`, { protocolVersion: 4, username, password, reconnectPeriod: 0 }, false);
  const messages: Message[] = [];
  client.on('message', (topic, payload) => messages.push({ topic, payload: payload.toString() }));
  const of = (kind: string) => messages.filter((message) => message.topic.endsWith(`/${kind}`));
  return {
    client, messages,
    async until(count, kind) {
      while (of(kind).length < count) await new Promise((resolve) => { client.once('message', resolve); });
      return of(kind);
    },
  };
}

const job = (suite: string, url: string, i: number) => ({
  logicalId: `check-${i}`, name: `check ${i}`, checkType: 'URL', request: { url, method: 'GET', assertions: [] },
  sourceInfo: { checkRunSuiteId: suite, checkRunId: `run-${i}` },
  testRetryStrategy: { type: 'FIXED', baseBackoffSeconds: 0, maxRetries: 1, maxDurationSeconds: 600, sameRegion: true },
});
const run = (stage: Stage, suite: string, url: string, count: number, more: object = {}) => stage.call<{ testSessionId: string; sequenceIds: Record<string, string>; testResultIds: Record<string, string> }>(
  'POST', '/v1/test-sessions/run', { name: 'mqtt', checkRunJobs: Array.from({ length: count }, (_, i) => job(suite, url, i)), runLocation: { type: 'PUBLIC', region: 'eu-west-1' }, ...more });

const stage = await startStage();
after(() => stage[Symbol.asyncDispose]());
const target = createServer((_request, response) => { response.end('ok'); }).listen(0, '127.0.0.1');
await once(target, 'listening');
target.unref();
const url = `http://127.0.0.1:${(target.address() as AddressInfo).port}/`;
/** Nobody listens there: each check fails, and is tried once more. */
const refused = 'http://127.0.0.1:1/';
const pattern = (suite: string, accountId = stage.accountId) => `account/${accountId}/ad-hoc-check-results/${suite}/+/+/+`;

test('a client hears each run start and end, in the topics the CLI expects and with JSON that agrees with the API', async () => {
  const suite = randomUUID();
  const { client, messages, until } = await connect(stage);
  await client.subscribeAsync(pattern(suite));
  const { status, body } = await run(stage, suite, url, 100);
  assert.equal(status, 202);
  const finals = await until(100, 'result');
  for (const { topic, payload } of finals) {
    const [, account, , ofSuite, sequence, runId] = topic.split('/');
    assert.deepEqual([account, ofSuite], [stage.accountId, suite]);
    const message = JSON.parse(payload) as { result: { logicalId: string; hasFailures: boolean; responseTime: number; sourceFile?: unknown }; testResultId: string; resultType: string };
    assert.equal(message.resultType, 'FINAL');
    assert.equal(sequence, body.sequenceIds[message.result.logicalId]);
    assert.equal(runId, message.result.logicalId.replace('check', 'run'));
    assert.equal('sourceFile' in message.result, false);
    // The record was committed before the message: the API must already say the same.
    const answer = await stage.call<{ resultType: string; hasFailures: boolean; responseTime: number }>('GET', `/v1/test-sessions/${body.testSessionId}/results/${message.testResultId}`);
    assert.deepEqual([answer.body.resultType, answer.body.hasFailures, answer.body.responseTime], ['FINAL', message.result.hasFailures, message.result.responseTime]);
  }
  for (const sequence of Object.values(body.sequenceIds)) {
    const kinds = messages.filter(({ topic }) => topic.split('/')[4] === sequence).map(({ topic }) => topic.split('/')[6]);
    assert.deepEqual(kinds, ['run-start', 'result']);
  }
  await client.endAsync();
});

test('who subscribes late gets the starts and the FINAL messages that were published before, and no ATTEMPT', async () => {
  const suite = randomUUID();
  const { body } = await run(stage, suite, refused, 2);
  assert.equal((await stage.call('GET', `/v1/test-sessions/${body.testSessionId}/completion`)).status, 200);
  const { client, messages, until } = await connect(stage);
  await client.subscribeAsync(pattern(suite));
  const finals = await until(2, 'result');
  assert.ok(finals.every(({ payload }) => payload.includes('"FINAL"')), 'a replayed ATTEMPT would be counted twice');
  assert.deepEqual(messages.map(({ topic }) => topic.split('/')[6]).sort(), ['result', 'result', 'run-start', 'run-start', 'run-start', 'run-start']);
  await client.endAsync();
});

test('a bad key, and a good key with another account, are refused at CONNECT', async () => {
  for (const [user, key] of [[stage.accountId, 'cu_wrong'], [randomUUID(), stage.apiKey], ['', '']] as const) {
    await assert.rejects(connect(stage, user, key), /Not authorized|Connection refused/i);
  }
});

test('another account\'s suite cannot be subscribed to, nor every suite at once', async () => {
  const other = await stage.server.accounts.createAccount({ name: 'Other' });
  const suite = randomUUID();
  const spy = await connect(stage, other.accountId, other.apiKey);
  const foreign = [pattern(suite), '#', 'account/#', `account/${other.accountId}/ad-hoc-check-results/#`, `account/${stage.accountId}/#`, pattern('+', other.accountId), pattern(suite, other.accountId).replace('+/+/+', '+/+/result')];
  for (const topic of foreign) await assert.rejects(spy.client.subscribeAsync(topic), Error, topic);
  const { client, until } = await connect(stage);
  await client.subscribeAsync(pattern(suite));
  await run(stage, suite, url, 1);
  await until(1, 'result');
  assert.deepEqual(spy.messages, []);
  await Promise.all([client.endAsync(), spy.client.endAsync()]);
});

test('a client that publishes is cut off and reaches nobody', async () => {
  const suite = randomUUID();
  const listener = await connect(stage);
  await listener.client.subscribeAsync(pattern(suite));
  const liar = await connect(stage);
  const closed = new Promise((resolve) => { liar.client.once('close', () => resolve(undefined)); });
  liar.client.publish(pattern(suite).replaceAll('+', 'x'), '{"forged":true}');
  await closed;
  await run(stage, suite, url, 1);
  await listener.until(1, 'result');
  assert.ok(listener.messages.every(({ payload }) => !payload.includes('forged')));
  await listener.client.endAsync();
});

test('who asked for live lines gets them while the run goes, after its start and all before its end; nobody else does', async (t) => {
  const heard = Promise.withResolvers<void>();
  const slow = createServer((_request, response) => { heard.promise.then(() => response.end('ok')); }).listen(0, '127.0.0.1');
  await once(slow, 'listening');
  t.after(() => slow.close());
  const [suite, quiet] = [randomUUID(), randomUUID()];
  const { client, messages, until } = await connect(stage);
  await client.subscribeAsync([pattern(suite), pattern(quiet)]);
  const slowUrl = `http://127.0.0.1:${(slow.address() as AddressInfo).port}/`;
  const { body } = await run(stage, suite, slowUrl, 1, { streamLogs: true });
  await until(1, 'stream-logs');
  assert.deepEqual(messages.map(({ topic }) => topic.split('/')[6]), ['run-start', 'stream-logs'], 'the target has not even answered yet');
  heard.resolve();
  await until(1, 'result');
  await run(stage, quiet, slowUrl, 1);
  await until(2, 'result');
  const kinds = messages.map(({ topic }) => topic.split('/').slice(3).filter((_level, i) => i !== 1 && i !== 2).join(' '));
  assert.deepEqual(kinds, [`${suite} run-start`, `${suite} stream-logs`, `${suite} stream-logs`, `${suite} result`, `${quiet} run-start`, `${quiet} result`]);
  const streamed = messages.filter(({ topic }) => topic.endsWith('stream-logs')).flatMap(({ payload }) => (JSON.parse(payload) as { logs: { timestamp: number; message: string }[] }).logs);
  const { body: result } = await stage.call<{ apiCheckResult: { jobLog: { request: { time: number; msg: string }[] } } }>('GET', `/v1/test-sessions/${body.testSessionId}/results/${body.testResultIds['check-0']}`);
  assert.deepEqual(streamed, result.apiCheckResult.jobLog.request.map(({ time, msg }) => ({ timestamp: time, message: msg })));
});
