/** SSL checks through a whole Assay: what the door refuses, and client certificates of the account by host and by id. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { TestSessionResult } from '../src/contract/results.ts';
import type { TestSession } from '../src/contract/sessions.ts';
import { makeAuthority } from './certificateAuthority.ts';
import { startStage, type Stage } from './stage.ts';
import { serveTls } from './tlsPeers.ts';

const body = (...configs: object[]) => ({
  name: 'SSL', runLocation: { type: 'PUBLIC', region: 'eu-central-1' },
  checkRunJobs: configs.map((request, index) => ({ checkType: 'SSL', logicalId: `ssl-${index}`, name: `SSL ${index}`, request })),
});

async function resultsOf(stage: Stage, ...requests: object[]): Promise<TestSessionResult[]> {
  const { status, body: opened } = await stage.call<{ testSessionId: string }>('POST', '/v1/test-sessions/run', body(...requests));
  assert.ok(status < 300, JSON.stringify(opened));
  const path = `/v1/test-sessions/${opened.testSessionId}`;
  const session = await stage.call<TestSession>('GET', `${path}/completion?maxWaitSeconds=30`);
  return Promise.all((session.body.results ?? []).map(async ({ testSessionResultId }) => (await stage.call<TestSessionResult>('GET', `${path}/results/${testSessionResultId}`)).body));
}

test('client certificates of the account are shown by host and by id, and their authority is trusted', async (t) => {
  await using stage = await startStage();
  const root = makeAuthority({ subject: '/CN=Private Root' });
  const port = await serveTls(t, { ...root.issue({ subject: '/CN=x', names: 'IP:127.0.0.1' }), requestCert: true, rejectUnauthorized: true, ca: root.cert });
  const mine = root.issue({ subject: '/CN=client' });
  const post = async (host: string) => (await stage.call<{ id: string }>('POST', '/v1/client-certificates', { host, ...mine, ca: root.cert })).body.id;
  const [, elsewhere] = [await post('127.0.0.*'), await post('elsewhere.test')];
  const sslConfig = { hostname: '127.0.0.1', port };
  const [none, auto, explicit] = await resultsOf(stage,
    { sslConfig }, { sslConfig: { ...sslConfig, clientCertificateMode: 'auto' } },
    { sslConfig: { ...sslConfig, clientCertificateMode: 'explicit' }, sslClientCertificateId: elsewhere });
  assert.deepEqual([none?.status, none?.sslCheckResult?.failureCategory], ['FAILED', 'handshake']);
  for (const result of [auto, explicit]) assert.deepEqual([result?.status, result?.sslCheckResult?.chainTrusted], ['PASSED', true], JSON.stringify(result));
});

test('what can never be judged is refused with the field and the rule', async () => {
  await using stage = await startStage();
  const sslConfig = { hostname: 'shop.test' };
  const refused: [request: object, message: RegExp][] = [
    [{ sslConfig: {} }, /sslConfig.*hostname/],
    [{ sslConfig: { ...sslConfig, securityBaseline: { minTLS: {} } } }, /securityBaseline.*minTLS/],
    [{ sslConfig: { ...sslConfig, handshakeTimeoutMs: 500 } }, /handshakeTimeoutMs.*1000/],
    [{ sslConfig: { ...sslConfig, clientCertificateMode: 'explicit' } }, /sslClientCertificateId is required/],
    [{ sslConfig, assertions: [{ source: 'CERTIFICATE', property: 'sans', comparison: 'EQUALS', target: 'x' }] }, /comparison EQUALS is not possible for CERTIFICATE "sans": one of CONTAINS, NOT_CONTAINS/],
  ];
  for (const [request, message] of refused) {
    const answer = await stage.call<{ message: string }>('POST', '/v1/test-sessions/run', body(request));
    assert.equal(answer.status, 400);
    assert.match(answer.body.message, message);
  }
});
