/** Sessions for the pages to show: real runs against a target of this process, red, green, retried and flaky ones among them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestSession } from '../../src/contract/sessions.ts';
import type { Stage } from '../stage.ts';

export interface Shop extends AsyncDisposable {
  /** A check of `path`; what it retries it retries at once. */
  check(name: string, path: string, more?: object): Job;
  /** Starts a session. @returns its id. */
  start(name: string, checks: readonly Job[], more?: object): Promise<string>;
  /** Waits for its end. */
  end(sessionId: string): Promise<TestSession>;
}
type Job = Readonly<Record<string, unknown>>;

const RETRIES = { type: 'FIXED', baseBackoffSeconds: 0, maxRetries: 2 };

/** `/ok` answers, `/no` answers with 500, `/second` answers from the second time on. */
export async function openShop(stage: Stage): Promise<Shop> {
  let seconds = 0;
  const server = createServer(({ url }, answer) => {
    const status = url === '/no' || (url === '/second' && seconds++ === 0) ? 500 : 200;
    answer.writeHead(status).end('tea');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    check: (name, path, more = {}) => ({
      checkType: 'URL', logicalId: name, name, ...more,
      request: { url: path.startsWith('http') ? path : `http://127.0.0.1:${port}${path}`, assertions: [{ source: 'STATUS_CODE', comparison: 'EQUALS', target: '200' }] },
    }),
    async start(name, checkRunJobs, more = {}) {
      const { status, body } = await stage.call<{ testSessionId: string }>('POST', '/v1/test-sessions/run', { name, runLocation: { type: 'PUBLIC', region: 'eu-central-1' }, checkRunJobs, ...more });
      assert.equal(status, 202, JSON.stringify(body));
      return body.testSessionId;
    },
    async end(sessionId) {
      assert.equal((await stage.call('GET', `/v1/test-sessions/${sessionId}/completion?maxWaitSeconds=30`)).status, 200);
      return (await stage.call<TestSession>('GET', `/v1/test-sessions/${sessionId}`)).body;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

const repoInfo = { repoUrl: 'git@github.com:tea/shop.git', commitId: 'a0cabc37c2a51ff4b1b6d7eea2ad1c54cbbf7e9f', branchName: 'feature/cart', commitOwner: 'Ada', commitMessage: 'Sell tea by the pound\n\nAnd coffee.' };

/** A session in which checks pass, fail, fail three times, and pass the second time. */
export async function nightly(shop: Shop): Promise<TestSession> {
  const retried = { testRetryStrategy: RETRIES };
  const id = await shop.start('Nightly <b>', [
    shop.check('The shop answers', '/ok'), shop.check('The cart answers', '/ok'), shop.check('Nobody listens', 'http://127.0.0.1:1/'), shop.check('Nobody listens here either', 'http://127.0.0.1:1/x'),
    shop.check('The till is broken, whatever one does', '/no', retried), shop.check('The second cup is better', '/second', retried),
    { ...shop.check('Degraded', '/ok'), degradedResponseTime: 0, maxResponseTime: 20_000 },
  ], { environment: 'staging', project: { logicalId: 'shop' }, repoInfo });
  return shop.end(id);
}
