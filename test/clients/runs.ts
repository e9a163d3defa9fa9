/** The flags of `test`, and what may happen to a run while it is under way. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { pino } from 'pino';
import { readServerConfig } from '../../src/app/config.ts';
import { startRemoteAgent } from '../../src/app/startRemoteAgent.ts';
import type { TestSessionResult } from '../../src/contract/results.ts';
import type { TestSession, TestSessionList } from '../../src/contract/sessions.ts';
import { startCuttableLine } from './cuttableLine.ts';
import { countsOf, RATE_LIMIT, rowsOf, sessionIdOf, type Suite } from './suite.ts';

const SECRET = 'canary-of-the-check';

export function testFlags(of: () => Suite): void {
  it('--no-record (reporter dot): verdicts, and nothing to look at later', async () => {
    const name = `unrecorded ${randomUUID()}`;
    const { code, stdout } = await of().run(['test', 'colours', '--no-record', '--reporter', 'dot', '--test-session-name', name]);
    assert.equal(code, 1);
    const dots = /^[.FD]{27}$/m.exec(stdout)?.[0] ?? '';
    assert.deepEqual(['F', 'D', '.'].map((dot) => dots.split(dot).length - 1), [17, 3, 7], stdout);
    assert.doesNotMatch(stdout, /test-sessions/);
    const list = await of().get<TestSessionList>(`/v1/test-sessions?textSearch=${encodeURIComponent(name)}`);
    assert.equal(list.length, 0);
  });

  it('--detach, then test-sessions get --watch: the session goes on without the CLI', async () => {
    const suite = of();
    const run = randomUUID();
    const detached = await suite.run(['test', 'slow', '--detach'], { TARGET_RUN: run });
    assert.equal(detached.code, 0, detached.stdout + detached.stderr);
    assert.match(detached.stdout, /Checks will continue running in the cloud\./);
    const id = sessionIdOf(detached.stdout);
    await suite.targets.untilHeld(run, 2);
    assert.equal((await suite.get<TestSession>(`/v1/test-sessions/${id}`)).status, 'RUNNING');
    const watching = suite.start(['test-sessions', 'get', id, '--watch']);
    await watching.untilPrinted('Watching test session');
    suite.targets.release(run);
    const { code, stdout } = await watching.ended;
    assert.equal(code, 0);
    assert.match(stdout, /Status: +passed/);
  });

  it('--private-location: the checks run on the agents of that place, and say so', async () => {
    const suite = of();
    const location = await suite.stage.call<{ id: string }>('POST', '/v1/private-locations', { name: 'Office', slugName: 'office', egress: { loopback: true } });
    const key = await suite.stage.call<{ rawKey: string }>('POST', `/v1/private-locations/${location.body.id}/keys`);
    const agent = await startRemoteAgent({
      serverUrl: suite.stage.server.apiUrl, locationKey: key.body.rawKey, name: 'in the office', light: 4, heavy: 1,
      net: { nameServers: [], useOsResolver: true }, egress: { allow: [], deny: [], loopback: true }, userCode: { ...readServerConfig({}).userCode, allowUnsandboxed: false, keepPictures: true, warmSlots: 0, folder: mkdtempSync(join(tmpdir(), 'assay-agent-')) }, capture: 'never', logLevel: 'silent',
    }, pino({ level: 'silent' }));
    try {
      const { code, stdout, stderr } = await suite.run(['test', 'group', '--record', '--private-location', 'office']);
      assert.equal(code, 0, stdout + stderr);
      const id = sessionIdOf(stdout);
      const { results = [] } = await suite.get<TestSession>(`/v1/test-sessions/${id}`);
      assert.ok(results.length > 0);
      for (const { testSessionResultId } of results) {
        const result = await suite.get<TestSessionResult>(`/v1/test-sessions/${id}/results/${testSessionResultId}`);
        assert.deepEqual([result.runLocation, result.privateLocationId, result.status], ['office', location.body.id, 'PASSED']);
      }
      assert.ok(agent.stats().accepted >= results.length);
    } finally {
      await agent.stop({ graceMs: 0 });
    }
  });

  it('--retries 2 (reporter list): each failed run is an ATTEMPT with its own result', async () => {
    const suite = of();
    const run = await suite.run(['test', 'flaky', '--record', '--retries', '2', '--reporter', 'list'], { TARGET_RUN: randomUUID() });
    assert.equal(run.code, 1);
    assert.equal(countsOf(run), '1 failed, 1 passed, 2 total');
    assert.deepEqual(Array.from(run.stdout.matchAll(/^↺ (.+) \(/gm), ([, name]) => name).sort(), ['green at the second try', 'red at every try', 'red at every try']);
    const { results = [] } = await suite.get<TestSession>(`/v1/test-sessions/${sessionIdOf(run.stdout)}`);
    const runsOf = (name: string) => results.filter((result) => result.name === name).map(({ resultType, status }) => `${resultType} ${status}`);
    assert.deepEqual(runsOf('green at the second try'), ['ATTEMPT FAILED', 'FINAL PASSED']);
    assert.deepEqual(runsOf('red at every try'), ['ATTEMPT FAILED', 'ATTEMPT FAILED', 'FINAL FAILED']);
    // Where the CLI sends people for each of the four red runs.
    const links = Array.from(run.stdout.matchAll(/View result: (\S+)/g), ([, link]) => link).sort();
    assert.deepEqual(links, results.filter(({ hasFailures }) => hasFailures).map(({ testSessionResultLink }) => testSessionResultLink).sort());
  });

  it('--verbose: green checks are shown in full, group and variables apply, a secret arrives and shows nowhere', async () => {
    const suite = of();
    const run = await suite.run(['test', 'group', '--record', '--verbose', '--reporter', 'list']);
    assert.equal(run.code, 0, run.stdout + run.stderr);
    for (const part of ['──HTTP Request──', '──HTTP Response──', '──Assertions──', '──Request Logs──', 'x-flavour: group']) assert.ok(run.stdout.includes(part), part);
    const request = suite.targets.echoed.find(({ headers }) => headers['x-cup'] === 'espresso');
    const { 'x-from-group': room, 'x-flavour': flavour, 'x-token': token, 'x-account': account } = request?.headers ?? {};
    assert.deepEqual([request?.url, room, flavour, token, account], ['/echo?from=group', 'cellar', 'group', SECRET, 'of the account']);
    const { results = [] } = await suite.get<TestSession>(`/v1/test-sessions/${sessionIdOf(run.stdout)}`);
    const result = await suite.get<TestSessionResult>(`/v1/test-sessions/${sessionIdOf(run.stdout)}/results/${results[0]?.testSessionResultId}`);
    assert.equal(result.status, 'PASSED');
    assert.ok(!run.stdout.includes(SECRET) && !JSON.stringify(result).includes(SECRET));
  });

  it('setup script from a file with an import, teardown script inline', async () => {
    const suite = of();
    const run = await suite.run(['test', 'scripted', '--record', '--reporter', 'ci']);
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.ok(suite.targets.echoed.some(({ headers }) => headers['x-scripted'] === 'token for espresso'));
  });

  it('-e KEY=value: the variable arrives in the request, over those of check and group', async () => {
    const suite = of();
    const { code } = await suite.run(['test', 'group', '-e', 'CUP=lungo', '-e', 'FLAVOUR=of the command line']);
    assert.equal(code, 0);
    const request = suite.targets.echoed.find(({ headers }) => headers['x-cup'] === 'lungo');
    assert.equal(request?.headers['x-flavour'], 'of the command line');
  });

  it('--list runs nothing, a pattern that fits nothing says so, and so does trigger', async () => {
    const list = await of().run(['test', '--list', 'flaky']);
    assert.equal(list.code, 0);
    assert.match(list.stdout, /Listing all checks:\s+flaky\.check\.ts\s+- green at the second try\s+- red at every try/);
    const trigger = await of().run(['trigger', '--tags', 'nobody-has-this']);
    assert.deepEqual([trigger.code, trigger.stdout.trim(), trigger.stderr], [1, 'No matching checks were found.', '']);
  });
}

export function testInterruptions(of: () => Suite): void {
  it('Ctrl-C: what runs and what still waits is cancelled, and the CLI ends', async () => {
    const suite = of();
    const name = randomUUID();
    const running = suite.start(['test', 'slow', '--record', '--reporter', 'ci'], { TARGET_RUN: name, TARGET_HELD: '40' });
    await suite.targets.untilHeld(name, 20);
    running.interrupt();
    const run = await running.endWithin(10_000);
    // The CLI's exit code knows failures only.
    assert.deepEqual([run.code, countsOf(run)], [0, '40 cancelled, 40 total']);
    assert.ok([...rowsOf(run).values()].every(({ verdict }) => verdict === 'cancelled'));
    const session = await suite.get<TestSession>(`/v1/test-sessions/${sessionIdOf(run.stdout)}`);
    assert.equal(session.status, 'CANCELLED');
    assert.deepEqual(new Set(session.results?.map(({ resultType, status }) => `${resultType} ${status}`)), new Set(['FINAL CANCELLED']));
    suite.targets.release(name);
  });

  it('a connection that breaks while the checks end loses nothing: the messages come again', async () => {
    const suite = of();
    const name = randomUUID();
    await using line = await startCuttableLine(suite.stage.server.port);
    const running = suite.start(['test', 'slow', '--record', '--reporter', 'ci'], {
      TARGET_RUN: name, TARGET_HELD: '4', CHECKLY_MQTT_URL: suite.stage.server.mqttUrl.replace(/:\d+\//, `:${line.port}/`),
    });
    await suite.targets.untilHeld(name, 4);
    const printed = await running.untilPrinted('Running 4 checks');
    line.cut();
    suite.targets.release(name);
    await suite.get(`/v1/test-sessions/${sessionIdOf(printed)}/completion`);
    line.restore();
    const run = await running.endWithin(10_000);
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.equal(countsOf(run), '4 passed, 4 total');
  });
}

/** What the general limit lets through. */
export function testLimit(of: () => Suite): void {
  it('500 red checks in one run pass under the general limit', async () => {
    const suite = of();
    const probe = await suite.stage.call('GET', '/v1/accounts/me');
    assert.equal(probe.headers.get('ratelimit-limit'), String(RATE_LIMIT));
    const run = await suite.run(['test', 'bulk', '--record', '--reporter', 'dot']);
    assert.deepEqual([run.code, countsOf(run), run.stderr], [1, '500 failed, 500 total', '']);
    const session = await suite.get<TestSession>(`/v1/test-sessions/${sessionIdOf(run.stdout)}`);
    assert.deepEqual([session.status, session.results?.length], ['FAILED', 500]);
  });
}
