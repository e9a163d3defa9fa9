import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Value } from 'typebox/value';
import type { Probe, ProbeOutcome } from '../checks/kit/probe.ts';
import { Outcome } from '../protocol/outcome.ts';
import type { Assignment } from '../protocol/assignment.ts';
import { assignmentOf } from '../../test/verbServer.ts';
import { SILENT } from './agentLog.ts';
import { deadlineOf } from './deadlines.ts';
import { DETAIL_LIMIT } from './fitDetail.ts';
import { createInterruption } from './interruption.ts';
import { runProbe, type Surroundings } from './runProbe.ts';

const passed: ProbeOutcome = {
  verdict: 'passed', interrupted: false, overMaxResponseTime: false, networkError: false, responseTime: 12, detail: { assertions: [] }, fault: null,
};

async function run(probe: Probe<never>, given: Partial<Assignment> = {}, log: Surroundings['log'] = SILENT, interruption = createInterruption()) {
  const assignment = assignmentOf(given);
  const outcome = await runProbe(assignment, interruption, {
    probes: { [assignment.checkType]: probe }, log, net: { nameServers: ['192.0.2.1'], useOsResolver: true },
    clock: { now: () => Date.now(), tick: () => performance.now() },
  });
  assert.deepEqual([...Value.Errors(Outcome, outcome)], [], 'the outcome is one of the protocol');
  assert.deepEqual(JSON.parse(JSON.stringify(outcome)), outcome, 'the outcome is plain JSON');
  return outcome;
}
const lines = (outcome: Outcome) => [...outcome.log.setup, ...outcome.log.request, ...outcome.log.teardown].map(({ msg }) => msg);

test('a probe gets its settings and surroundings, and its outcome goes on as it is', async () => {
  let seen: unknown;
  const outcome = await run(async (settings, context) => {
    seen = { settings, env: context.env, net: context.net };
    context.log('INFO', 'one', 'setup');
    context.log('DEBUG', 'two');
    return passed;
  }, {
    settings: { a: 1 }, variables: [{ key: 'HOST', value: 'proxy.example', secret: false }], proxyUrl: 'http://{{HOST}}:8080', notices: ['A notice.'],
  });
  assert.deepEqual(seen, {
    settings: { a: 1 }, env: { HOST: 'proxy.example' },
    net: { nameServers: ['192.0.2.1'], useOsResolver: true, certificates: [], proxyUrl: 'http://proxy.example:8080' },
  });
  assert.deepEqual({ ...outcome, log: null, startedAt: 0, stoppedAt: 0 }, { ...passed, log: null, startedAt: 0, stoppedAt: 0 });
  assert.ok(outcome.startedAt > 0 && outcome.stoppedAt >= outcome.startedAt);
  assert.deepEqual(outcome.log.setup.map(({ msg }) => msg), ['one']);
  assert.deepEqual(outcome.log.request.map(({ msg }) => msg), ['A notice.', 'two']);
});

test('types with a flat log have all lines in one part, notices first', async () => {
  const outcome = await run(async (_settings, context) => {
    context.log('INFO', 'one', 'setup');
    return passed;
  }, { checkType: 'TCP', notices: ['A notice.'] });
  assert.deepEqual(outcome.log.setup, []);
  assert.deepEqual(outcome.log.request.map(({ msg }) => msg), ['A notice.', 'one']);
});

test('a throwing probe is our fault: a sentence for the reader, the stack for the agent\'s log, secrets for nobody', async () => {
  const written: object[] = [];
  const outcome = await run(async () => { throw new TypeError('cannot read canary-secret'); },
    { variables: [{ key: 'S', value: 'canary-secret', secret: true }] }, { ...SILENT, error: (facts) => written.push(facts) });
  assert.equal(outcome.verdict, 'errored');
  assert.match(outcome.fault ?? '', /^The URL probe broke: cannot read \*+$/);
  assert.deepEqual(lines(outcome), [outcome.fault]);
  assert.doesNotMatch(JSON.stringify(outcome), /runProbe\.test/);
  assert.match(JSON.stringify(written), /runProbe\.test/);
  assert.doesNotMatch(JSON.stringify(written), /canary/);
});

test('a type without a probe is errored with a sentence', async () => {
  const outcome = await runProbe(assignmentOf({ checkType: 'SSL' }), createInterruption(), {
    probes: { SSL: null }, log: SILENT, net: { nameServers: [], useOsResolver: false }, clock: { now: () => 1, tick: () => 1 },
  });
  assert.deepEqual([outcome.verdict, outcome.fault], ['errored', 'This agent cannot run SSL checks.']);
});

test('secrets and credentials are in nothing that leaves', async () => {
  const canaries = ['canary-variable', 'canary-header', 'canary-password', 'canary-proxy'];
  const everything = [...canaries, ...canaries.map((one) => Buffer.from(one).toString('base64')), Buffer.from('joe:canary-password').toString('base64')].join(' ');
  const outcome = await run(async (_settings, context) => {
    context.log('INFO', everything);
    return { ...passed, verdict: 'errored', fault: everything, detail: { [everything]: [everything, { deep: everything }] } };
  }, {
    variables: [{ key: 'V', value: 'canary-variable', secret: true }, { key: 'T', value: 'canary-header', secret: false }],
    settings: { request: { headers: [{ key: 'Authorization', value: 'Bearer {{T}}' }], basicAuth: { username: 'joe', password: 'canary-password' } } },
    proxyUrl: 'http://user:canary-proxy@localhost:1', notices: ['canary-variable'],
  });
  assert.doesNotMatch(JSON.stringify(outcome), /canary|Y2FuYXJ5|am9lOmNhbm/);
});

test('what JSON cannot say is left out; what is no JSON at all is our fault', async () => {
  const odd = await run(async () => ({ ...passed, responseTime: NaN, detail: { gone: undefined, none: NaN, call: () => 1, at: new Date(0) } }));
  assert.deepEqual([odd.verdict, odd.responseTime, odd.detail], ['passed', null, { none: null, at: '1970-01-01T00:00:00.000Z' }]);
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  for (const detail of [cyclic, { big: 1n }, null, [], undefined]) {
    const outcome = await run(async () => ({ ...passed, detail: detail as never }));
    assert.equal(outcome.verdict, 'errored');
    assert.match(outcome.fault ?? '', /^The URL probe broke: /);
  }
});

test('too large a detail keeps its shape, and its verdict in any case', async () => {
  const long = await run(async () => ({ ...passed, detail: { response: { status: 200, body: 'x'.repeat(DETAIL_LIMIT) } } }));
  const { response } = long.detail as { response: { status: number; body: string } };
  assert.equal(response.status, 200);
  assert.match(response.body, /^x{8192}… \(\d+ more characters were cut\)$/);
  assert.match(lines(long).join(), /their texts were cut/);
  const wide = await run(async () => ({ ...passed, detail: { list: Array.from({ length: 400_000 }, (_, n) => `item ${n}`) } }));
  assert.deepEqual([wide.verdict, wide.detail], ['passed', {}]);
  assert.match(lines(wide).join(), /were left out/);
});

test('cancelled runs report what they have', async () => {
  const interruption = createInterruption();
  const outcome = await run(async (_settings, { signal }) => {
    interruption.interrupt('cancelled');
    return { ...passed, verdict: 'failed', interrupted: signal.aborted, detail: { partial: true } };
  }, {}, SILENT, interruption);
  assert.deepEqual([outcome.verdict, outcome.interrupted, outcome.detail, outcome.fault], ['failed', true, { partial: true }, null]);
  const second = createInterruption();
  const thrown = await run(async (_settings, { signal }) => {
    second.interrupt('cancelled');
    throw signal.reason;
  }, {}, SILENT, second);
  assert.equal(thrown.interrupted, true);
});

test('a run that the agent cuts off is errored, not the target\'s failure; one that ends by itself stays as it is', async () => {
  const interruption = createInterruption();
  const cut = await run(async () => {
    interruption.interrupt('stopped');
    return { ...passed, verdict: 'failed', interrupted: true, detail: { partial: true } };
  }, {}, SILENT, interruption);
  assert.deepEqual([cut.verdict, cut.interrupted, cut.detail], ['errored', true, { partial: true }]);
  assert.match(cut.fault ?? '', /^The agent was stopped/);
  const second = createInterruption();
  const whole = await run(async () => {
    second.interrupt('stopped');
    return passed;
  }, {}, SILENT, second);
  assert.deepEqual([whole.verdict, whole.interrupted, whole.fault], ['passed', false, null]);
});

test('a probe that does not end is cut off past its deadline, also when it does not listen', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    for (const obeys of [true, false]) {
      let told = false;
      const running = run((_settings, { signal }) => new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          told = true;
          if (obeys) resolve({ ...passed, verdict: 'failed', interrupted: true });
        });
      }), { settings: { request: { assertions: [{}, {}] } } });
      mock.timers.tick(deadlineOf('URL', 2) - 1);
      assert.equal(told, false);
      mock.timers.tick(1);
      assert.equal(told, true);
      mock.timers.tick(5_000);
      const outcome = await running;
      assert.deepEqual([outcome.verdict, outcome.interrupted], ['errored', true]);
      assert.match(outcome.fault ?? '', /^The URL run was cut off/);
    }
  } finally {
    mock.timers.reset();
  }
});
