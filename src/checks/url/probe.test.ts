import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Value } from 'typebox/value';
import { probeContext, serveHttp } from '../../../test/httpTargets.ts';
import { probeUrl } from './probe.ts';
import { UrlSettings } from './schema.ts';

const settings = (url: string, more: object = {}, request: object = {}) =>
  Value.Parse(UrlSettings, Value.Default(UrlSettings, { name: 'url', logicalId: 'url', ...more, request: { url, ...request } }));

test('a GET without anything of the user, judged by status, assertions and limits', async (t) => {
  const target = await serveHttp(t, (request, answer) => answer.writeHead(Number((request.url ?? '').slice(1))).end('body'));
  const status = (comparison: string, wanted: string) => ({ assertions: [{ source: 'STATUS_CODE', comparison, target: wanted }] });
  const cases: [path: string, more: object, request: object, verdict: string][] = [
    ['/200', {}, {}, 'passed'],
    ['/200', {}, status('EQUALS', '200'), 'passed'],
    ['/200', {}, status('GREATER_THAN', '200'), 'failed'],
    ['/404', {}, status('EQUALS', '404'), 'failed'],
    ['/404', { shouldFail: true }, status('EQUALS', '404'), 'passed'],
    ['/404', { shouldFail: true }, {}, 'passed'],
    ['/200', { shouldFail: true }, {}, 'passed'],
    ['/304', {}, {}, 'passed'],
    ['/404', { shouldFail: true }, status('LESS_THAN', '400'), 'failed'],
  ];
  for (const [path, more, request, verdict] of cases) {
    const outcome = await probeUrl(settings(target.url + path, more, request), probeContext());
    assert.equal(outcome.verdict, verdict, `${path} ${JSON.stringify([more, request])}`);
    assert.deepEqual([outcome.detail.requestError, outcome.fault, outcome.networkError], [null, null, false]);
  }
  assert.deepEqual([...new Set(target.seen.map(({ method, body }) => method + body))], ['GET']);
});

test('the limits: strictly over, failed wins over degraded', async (t) => {
  const target = await serveHttp(t, (_request, answer) => answer.end());
  const verdicts = async (more: object, took: number) => {
    // The clock of the test: the answer always takes `took` ms.
    let tick = 0;
    const context = probeContext({ tick: () => tick });
    const done = probeUrl(settings(target.url, more), { ...context, log: (_level, msg) => { if (msg.startsWith('Connected')) tick = took; } });
    const { verdict, overMaxResponseTime, responseTime } = await done;
    assert.equal(responseTime, took);
    return [verdict, overMaxResponseTime];
  };
  assert.deepEqual(await verdicts({ degradedResponseTime: 10, maxResponseTime: 20 }, 10), ['passed', false]);
  assert.deepEqual(await verdicts({ degradedResponseTime: 10, maxResponseTime: 20 }, 11), ['degraded', false]);
  assert.deepEqual(await verdicts({ degradedResponseTime: 10, maxResponseTime: 20 }, 20), ['degraded', false]);
  assert.deepEqual(await verdicts({ degradedResponseTime: 10, maxResponseTime: 20 }, 21), ['failed', true]);
  assert.deepEqual(await verdicts({ degradedResponseTime: null, maxResponseTime: null }, 29_000), ['passed', false]);
});

test('the address is a template', async (t) => {
  const target = await serveHttp(t, (_request, answer) => answer.end());
  const outcome = await probeUrl(settings('{{{BASE}}}/{{ID}}'), probeContext({ env: { BASE: target.url, ID: 'a b' } }));
  assert.deepEqual([outcome.verdict, target.seen[0]?.path], ['passed', '/a%20b']);
});
