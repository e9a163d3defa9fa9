import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import type { Probe, ProbeOutcome } from '../checks/kit/probe.ts';
import { assignmentOf, VerbServer } from '../../test/verbServer.ts';
import { SILENT, type AgentLog } from './agentLog.ts';
import type { ProbeTable } from './runProbe.ts';
import { startAgent, type AgentOptions } from './startAgent.ts';

const passed: ProbeOutcome = {
  verdict: 'passed', interrupted: false, overMaxResponseTime: false, networkError: false, responseTime: 1, detail: {}, fault: null,
};
const interrupted: ProbeOutcome = { ...passed, verdict: 'failed', interrupted: true };

/** A probe that ends when its run is interrupted or when the test lets it. */
function heldProbe() {
  const inside = new Set<string>();
  const release = new Map<string, () => void>();
  const state = { most: 0, inside, release, changed: () => {} };
  const probe: Probe<never> = (_settings, { env, signal }) => new Promise((resolve) => {
    const id = String(env['RUN']);
    const leave = (outcome: ProbeOutcome) => () => {
      inside.delete(id);
      resolve(outcome);
    };
    inside.add(id);
    state.most = Math.max(state.most, inside.size);
    release.set(id, leave(passed));
    signal.addEventListener('abort', leave(interrupted));
    state.changed();
  });
  return { ...state, probe, get most() { return state.most; }, onChange: (listener: () => void) => { state.changed = listener; } };
}

/** For states of the agent that the server does not see. */
async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

const run = (given: Parameters<typeof assignmentOf>[0] = {}) => {
  const runId = randomUUID();
  return assignmentOf({ runId, variables: [{ key: 'RUN', value: runId, secret: false }], ...given });
};

function optionsFor(server: VerbServer, more: Partial<AgentOptions> = {}): AgentOptions {
  return {
    serverUrl: server.url, locationKey: server.key, name: 'an agent', incarnation: randomUUID(), version: '1.2.3', slots: { light: 10, heavy: 2 },
    net: { nameServers: [], useOsResolver: false }, clock: { now: () => Date.now(), tick: () => performance.now() }, random: () => 0, userCode: { allowUnsandboxed: false, keepPictures: true, folder: '/nowhere' }, ...more,
  };
}

async function stage(t: TestContext, probes?: ProbeTable, more: Partial<AgentOptions> = {}, log: AgentLog = SILENT) {
  const server = await new VerbServer().up();
  const agent = await startAgent(optionsFor(server, more), log, probes);
  t.after(async () => {
    await agent.stop({ graceMs: 0 });
    if (server.listening) await server.down();
  });
  return { server, agent };
}

test('a URL check against a real target: greeted, taken, started, finished', async (t) => {
  const answered = Promise.withResolvers<void>();
  const target = createServer((_request, response) => { answered.promise.then(() => response.end('hello')); }).listen(0, '127.0.0.1');
  await once(target, 'listening');
  t.after(() => target.close());
  const { server, agent } = await stage(t);
  const assignment = run({
    settings: {
      name: 'a check', logicalId: 'a', degradedResponseTime: null, maxResponseTime: null,
      request: {
        method: 'GET', url: `http://127.0.0.1:${(target.address() as AddressInfo).port}/`, followRedirects: true, skipSSL: false, ipFamily: 'IPv4',
        assertions: [{ source: 'STATUS_CODE', property: '', comparison: 'EQUALS', target: '200', regex: null }],
      },
    },
  });
  server.offer(assignment);
  await server.until(() => server.asked('started').length > 0);
  answered.resolve();
  const report = await server.until(() => server.finished.get(assignment.runId));
  assert.equal(report.token, 1);
  assert.equal(report.outcome.verdict, 'passed');
  assert.equal((report.outcome.detail['response'] as { status: number }).status, 200);
  assert.ok(report.outcome.log.request.length > 0);
  const [hello] = server.asked('hello');
  assert.deepEqual([hello?.['name'], hello?.['version'], hello?.['slots']], ['an agent', '1.2.3', { light: 10, heavy: 2 }]);
  assert.equal(agent.agentId, server.agentId);
  const verbs = server.heard.map(({ verb }) => verb).filter((verb) => verb === 'started' || verb === 'finished');
  assert.deepEqual(verbs, ['started', 'finished'], 'the start is told before the end');
});

test('runs of one answer are started in one report', async (t) => {
  const held = heldProbe();
  const { server } = await stage(t, { URL: held.probe }, { slots: { light: 50, heavy: 0 } });
  const runs = Array.from({ length: 50 }, () => run());
  server.offer(...runs);
  await server.until(() => server.asked('started').length > 0);
  assert.deepEqual(server.asked('started').map((body) => (body['runs'] as unknown[]).length), [50]);
});

test('slots are never exceeded, by weight, and all are used', async (t) => {
  const held = heldProbe();
  const { server, agent } = await stage(t, { URL: held.probe }, { slots: { light: 3, heavy: 1 } });
  held.onChange(() => server.change());
  const light = Array.from({ length: 9 }, () => run());
  const heavy = Array.from({ length: 3 }, () => run({ weight: 'heavy' }));
  const left = new Set([...light, ...heavy].map(({ runId }) => runId));
  server.offer(...light, ...heavy);
  while (left.size > 0) {
    const next = await server.until(() => held.inside.size >= Math.min(4, left.size) && [...held.inside][0]);
    assert.deepEqual(agent.stats().taken.light <= 3 && agent.stats().taken.heavy <= 1, true);
    left.delete(next);
    held.release.get(next)?.();
    await server.until(() => server.finished.has(next));
  }
  assert.equal(held.most, 4);
  await eventually(() => agent.stats().accepted === 12);
  assert.ok(server.asked('next').every(({ free }) => (free as { light: number }).light <= 3));
});

test('what a server assigns beyond the slots is left alone and said', async (t) => {
  const held = heldProbe();
  const errors: object[] = [];
  const { server, agent } = await stage(t, { URL: held.probe }, { slots: { light: 2, heavy: 0 } }, { ...SILENT, error: (facts) => errors.push(facts) });
  server.generous = true;
  const runs = [run(), run(), run()];
  server.offer(...runs);
  await server.until(() => server.asked('started').length > 0);
  assert.deepEqual([...held.inside], runs.slice(0, 2).map(({ runId }) => runId));
  assert.deepEqual(errors, [{ runId: runs[2]?.runId }]);
  assert.deepEqual(agent.stats().taken, { light: 2, heavy: 0 });
});

test('the end of a run is told after its start, also when telling the start takes several tries', async (t) => {
  const held = heldProbe();
  const { server } = await stage(t, { URL: held.probe });
  let times = 0;
  server.interfere = (verb) => {
    if (verb !== 'started' || ++times >= 3) return undefined;
    // The run ends while its start is still being told.
    held.release.get(assignment.runId)?.();
    return { status: 503, message: 'busy' };
  };
  const assignment = run();
  server.offer(assignment);
  await server.until(() => server.finished.has(assignment.runId));
  const verbs = server.heard.map(({ verb }) => verb).filter((verb) => verb === 'started' || verb === 'finished');
  assert.deepEqual(verbs, ['started', 'finished']);
});

test('a cancellation reaches a run while every slot is taken', async (t) => {
  const held = heldProbe();
  const { server } = await stage(t, { URL: held.probe }, { slots: { light: 1, heavy: 0 } });
  const assignment = run();
  server.offer(assignment);
  await server.until(() => server.asked('started').length > 0);
  server.cancel(assignment.runId);
  const { outcome } = await server.until(() => server.finished.get(assignment.runId));
  assert.deepEqual([outcome.verdict, outcome.interrupted], ['failed', true]);
});

test('extend names the held runs; a lost one is dropped in silence', async (t) => {
  const held = heldProbe();
  const server = await new VerbServer().up();
  server.extendEveryMs = 20;
  const agent = await startAgent(optionsFor(server), SILENT, { URL: held.probe });
  t.after(async () => { await agent.stop({ graceMs: 0 }); await server.down(); });
  const [lost, kept] = [run(), run()];
  server.offer(lost, kept);
  await server.until(() => server.asked('extend').some(({ runs }) => (runs as unknown[]).length === 2));
  server.lost.add(lost.runId);
  await server.until(() => server.asked('extend').some(({ runs }) => (runs as { runId: string }[]).every(({ runId }) => runId === kept.runId)));
  held.release.get(kept.runId)?.();
  await server.until(() => server.finished.has(kept.runId));
  await eventually(() => agent.idle());
  assert.deepEqual(server.asked('finished').map(({ runId }) => runId), [kept.runId]);
  assert.deepEqual([agent.stats().lost, agent.stats().accepted], [1, 1]);
});

test('extend tells of a cancellation that no poll has delivered', async (t) => {
  const held = heldProbe();
  const server = await new VerbServer().up();
  [server.extendEveryMs, server.quiet] = [20, true];
  const agent = await startAgent(optionsFor(server), SILENT, { URL: held.probe });
  t.after(async () => { await agent.stop({ graceMs: 0 }); await server.down(); });
  const assignment = run();
  server.offer(assignment);
  await server.until(() => server.asked('extend').length > 0);
  server.cancel(assignment.runId);
  const { outcome } = await server.until(() => server.finished.get(assignment.runId));
  assert.equal(outcome.interrupted, true);
});

test('a run that comes back with a new token replaces its older self', async (t) => {
  const held = heldProbe();
  const { server, agent } = await stage(t, { URL: held.probe });
  const old = run();
  server.offer(old);
  await server.until(() => server.asked('started').length === 1);
  server.offer({ ...old, token: 2, variables: [{ key: 'RUN', value: 'again', secret: false }] });
  await server.until(() => server.asked('started').length === 2);
  held.release.get('again')?.();
  const report = await server.until(() => server.finished.get(old.runId));
  assert.deepEqual([report.token, report.outcome.verdict], [2, 'passed']);
  await eventually(() => agent.idle());
  assert.equal(agent.stats().lost, 1);
  assert.equal(server.asked('finished').length, 1, 'the older one stays silent');
});

test('a report that is refused as lost is not repeated', async (t) => {
  const { server, agent } = await stage(t, { URL: async () => passed });
  server.interfere = (verb) => (verb === 'finished' ? { status: 409, message: 'gone', code: 'ERR_LEASE_LOST' } : undefined);
  server.offer(run());
  await eventually(() => agent.stats().lost === 1 && agent.idle());
  assert.equal(server.finished.size, 0);
});

test('finished is repeated when its answer got lost, and through internal errors', async (t) => {
  const { server, agent } = await stage(t, { URL: async () => passed });
  let times = 0;
  server.interfere = (verb) => {
    if (verb !== 'finished') return undefined;
    times += 1;
    return times === 1 ? 'silent' : times < 4 ? { status: 500, message: 'An internal error occurred.' } : undefined;
  };
  const assignment = run();
  server.offer(assignment);
  await eventually(() => agent.stats().accepted === 1);
  assert.equal(times, 4);
  const [first, second] = server.asked('finished');
  assert.deepEqual(first, second);
});

test('an outcome that the server will not have goes without its details', async (t) => {
  const errors: string[] = [];
  const { server } = await stage(t, { URL: async () => ({ ...passed, detail: { bad: true } }) }, {}, { ...SILENT, error: (_facts, msg) => errors.push(msg) });
  server.interfere = (verb, body) => (verb === 'finished' && (body['outcome'] as { detail: object }).detail && 'bad' in (body['outcome'] as { detail: object }).detail
    ? { status: 413, message: 'The payload is too large.' } : undefined);
  const assignment = run();
  server.offer(assignment);
  const { outcome } = await server.until(() => server.finished.get(assignment.runId));
  assert.deepEqual([outcome.verdict, outcome.detail], ['passed', {}]);
  assert.match(outcome.log.request[0]?.msg ?? '', /did not accept them \(The payload is too large\.\)/);
  assert.equal(errors.length, 1);
});

test('through a server that goes and comes back, what runs goes on and what has run is reported', async (t) => {
  const held = heldProbe();
  const { server, agent } = await stage(t, { URL: held.probe });
  const runs = Array.from({ length: 8 }, () => run());
  server.offer(...runs);
  await server.until(() => server.asked('started').length > 0 && held.inside.size === 8);
  await server.down();
  const [first, ...rest] = runs.map(({ runId }) => runId);
  held.release.get(first ?? '')?.();
  await eventually(() => agent.stats().reporting === 1 && !agent.stats().connected);
  await server.up();
  await server.until(() => server.finished.has(first ?? ''));
  for (const runId of rest) held.release.get(runId)?.();
  await server.until(() => server.finished.size === 8);
  assert.equal(server.asked('hello').length, 1, 'a server that still knows the agent needs no second hello');
  const late = run();
  server.offer(late);
  await server.until(() => held.inside.has(late.runId));
});

test('a server that has forgotten the agent is greeted again, once, with the same incarnation', async (t) => {
  const held = heldProbe();
  const { server } = await stage(t, { URL: held.probe });
  const runs = [run(), run(), run()];
  server.offer(...runs);
  await server.until(() => held.inside.size === 3 && server.asked('started').length > 0);
  server.agentId = null;
  for (const { runId } of runs) held.release.get(runId)?.();
  await server.until(() => server.finished.size === 3);
  const [first, second, ...more] = server.asked('hello');
  assert.equal(more.length, 0);
  assert.deepEqual(first, second);
});

test('an agent that starts before its server waits for it', async (t) => {
  const server = await new VerbServer().up();
  const options = optionsFor(server);
  await server.down();
  const starting = startAgent(options);
  await server.up();
  const agent = await starting;
  t.after(async () => { await agent.stop({ graceMs: 0 }); await server.down(); });
  assert.equal(agent.agentId, options.incarnation);
});

test('a key that the server does not accept is fatal at the start, with a sentence', async () => {
  await using server = await new VerbServer().up();
  await assert.rejects(startAgent(optionsFor(server, { locationKey: 'pl_wrong' })), { kind: 'fatal', message: /does not accept this location key \(401\): Bad Token/ });
  await assert.rejects(startAgent(optionsFor(server, { locationKey: 'pl_\nx' })), { kind: 'fatal', message: /location key has characters/ });
  await assert.rejects(startAgent(optionsFor(server, { serverUrl: 'localhost:3000' })), { kind: 'fatal', message: /must start with http/ });
  await assert.rejects(startAgent(optionsFor(server, { name: '' })), { kind: 'fatal', message: /does not accept this agent: .*name/ });
});

test('a key that ends later ends the agent', async (t) => {
  const held = heldProbe();
  const { server, agent } = await stage(t, { URL: held.probe });
  const assignment = run();
  server.offer(assignment);
  await server.until(() => held.inside.size === 1 && server.asked('started').length > 0);
  server.interfere = () => ({ status: 401, message: 'Bad Token' });
  held.release.get(assignment.runId)?.();
  const reason = await agent.ended;
  assert.match(reason?.message ?? '', /does not accept this location key/);
});

test('a probe that throws and a log without end are reported like any other', async (t) => {
  const { server, agent } = await stage(t, {
    URL: async () => { throw new Error('boom'); },
    TCP: async (_settings, { log }) => {
      for (let n = 0; n < 3_000; n++) log('INFO', 'x'.repeat(1_000));
      return passed;
    },
  });
  const [throws, talks] = [run(), run({ checkType: 'TCP' })];
  server.offer(throws, talks);
  await server.until(() => server.finished.size === 2);
  assert.equal(server.finished.get(throws.runId)?.outcome.verdict, 'errored');
  const lines = server.finished.get(talks.runId)?.outcome.log.request ?? [];
  assert.match(lines.at(-1)?.msg ?? '', /longer than 1 MB/);
  assert.ok(Buffer.byteLength(JSON.stringify(lines)) <= 1024 * 1024);
  await eventually(() => agent.idle());
  assert.deepEqual([agent.stats().accepted, agent.stats().errored], [2, 1]);
});

test('no byte of a report has a secret in it', async (t) => {
  const { server } = await stage(t, {
    URL: async (_settings, { env, log }) => {
      log('INFO', `I know ${env['S']}`);
      return { ...passed, verdict: 'errored', fault: `No ${env['S']}`, detail: { request: { url: `http://x/?q=${encodeURIComponent(env['S'] ?? '')}` } } };
    },
  });
  const assignment = run({ variables: [{ key: 'S', value: 'canary value/1', secret: true }] });
  server.offer(assignment);
  await server.until(() => server.finished.size === 1);
  assert.doesNotMatch(JSON.stringify(server.heard), /canary/);
});

test('stop: no more work, running checks may end, and their outcomes are reported', async (t) => {
  const held = heldProbe();
  const { server, agent } = await stage(t, { URL: held.probe });
  const [assignment, late] = [run(), run()];
  server.offer(assignment);
  await server.until(() => held.inside.size === 1 && server.asked('started').length > 0);
  const stopping = agent.stop({ graceMs: 60_000 });
  assert.equal(agent.stop({ graceMs: 0 }), stopping);
  await server.until(() => server.asked('next').some(({ free }) => (free as { light: number }).light === 0));
  server.offer(late);
  held.release.get(assignment.runId)?.();
  await stopping;
  assert.equal(server.finished.get(assignment.runId)?.outcome.verdict, 'passed');
  assert.equal(held.inside.has(late.runId), false);
  assert.equal(await agent.ended, null);
  await server.until(() => server.open === 0);
});

test('stop: what runs past the grace is interrupted and reported as our fault', async (t) => {
  const held = heldProbe();
  const { server, agent } = await stage(t, { URL: held.probe });
  const assignment = run();
  server.offer(assignment);
  await server.until(() => held.inside.size === 1);
  await agent.stop({ graceMs: 0 });
  const { outcome } = server.finished.get(assignment.runId) ?? assert.fail('it was not reported');
  assert.deepEqual([outcome.verdict, outcome.interrupted], ['errored', true]);
  assert.equal(agent.idle(), true);
});
