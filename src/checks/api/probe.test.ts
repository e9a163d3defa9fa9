import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Value } from 'typebox/value';
import { probeContext, serveHttp } from '../../../test/httpTargets.ts';
import type { ScriptEnd, ScriptRunner } from '../kit/scripts.ts';
import { USER_AGENT } from '../kit/httpRequest.ts';
import { probeApi } from './probe.ts';
import { ApiSettings } from './schema.ts';

const settings = (request: object, more: object = {}) =>
  Value.Parse(ApiSettings, Value.Default(ApiSettings, { name: 'api', logicalId: 'api', ...more, request: { method: 'GET', ...request } }));
const assertion = (source: string, comparison: string, target = '', property = '', regex: string | null = null) => ({ source, property, comparison, target, regex });
type Judged = { source: string; actual?: unknown; error?: string | null };

test('one whole result, as it is reported', async (t) => {
  const target = await serveHttp(t, (_request, answer) => {
    answer.sendDate = false;
    answer.writeHead(201, 'Made', { 'Content-Type': 'application/json', 'X-Twice': ['a', 'b'], 'Content-Length': '8' }).end('{"id":7}');
  });
  const judged = assertion('JSON_BODY', 'EQUALS', '7', '$.id');
  const context = probeContext({ env: { TOKEN: 't/1', ID: '7' } });
  const outcome = await probeApi(settings({
    method: 'POST', url: `${target.url}/items?a=1`, bodyType: 'JSON', body: '{"n":"{{{TOKEN}}}"}',
    headers: [{ key: 'Authorization', value: 'Bearer {{{TOKEN}}}' }, { key: 'X-Shut', value: 'x', locked: true }],
    queryParameters: [{ key: 'q', value: '{{TOKEN}}' }], assertions: [{ ...judged, target: '{{ID}}' }],
  }), context);
  const { response, ...detail } = outcome.detail as { response: Record<string, unknown> };
  const { timings, timingPhases, ...answer } = response;
  assert.deepEqual({ ...outcome, detail: undefined, responseTime: undefined }, {
    verdict: 'passed', interrupted: false, overMaxResponseTime: false, networkError: false, responseTime: undefined, fault: null, detail: undefined,
  });
  assert.deepEqual(detail, {
    assertions: [{ ...judged, actual: 7, error: null }],
    request: {
      method: 'POST', url: `${target.url}/items?a=1&q=t%2F1`, data: '{"n":"t/1"}', params: { q: 't%2F1' },
      headers: {
        Host: `127.0.0.1:${target.port}`, 'User-Agent': USER_AGENT, 'Accept-Encoding': 'gzip, deflate, br', 'Content-Type': 'application/json',
        'Content-Length': '11', Connection: 'close', Authorization: '******', 'X-Shut': '******',
      },
    },
    requestError: null,
  });
  assert.deepEqual(answer, {
    status: 201, statusText: 'Made', body: '{"id":7}', truncated: false, href: `${target.url}/items?a=1&q=t%2F1`,
    headers: { 'content-type': 'application/json', 'x-twice': 'a, b', 'content-length': '8', connection: 'close' },
  });
  assert.deepEqual([Object.keys(timings as object), Object.keys(timingPhases as object)], [
    ['socket', 'lookup', 'connect', 'response', 'end'], ['wait', 'dns', 'tcp', 'firstByte', 'download', 'total'],
  ]);
  const [seen] = target.seen;
  assert.deepEqual([seen?.method, seen?.path, seen?.body, seen?.headers.authorization, seen?.headers['x-shut']],
    ['POST', '/items?a=1&q=t%2F1', '{"n":"t/1"}', 'Bearer t/1', 'x']);
  assert.ok(context.lines.length >= 2 && context.lines.every(({ phase }) => phase === 'request'));
});

test('every assertion source, and every one is judged', async (t) => {
  const target = await serveHttp(t, (request, answer) => {
    answer.setHeader('content-type', request.url === '/html' ? 'text/html' : 'application/problem+json; charset=utf-8');
    answer.setHeader('x-version', 'build-42');
    answer.end('{"items":[{"price":1},{"price":2}],"note":"order 17 done"}');
  });
  const assertions = [
    assertion('STATUS_CODE', 'LESS_THAN', '300'),
    assertion('STATUS_CODE', 'EQUALS', '404'),
    assertion('JSON_BODY', 'LESS_THAN', '3', '$.items[*].price'),
    assertion('JSON_BODY', 'EQUALS', '2', '$.items.length'),
    assertion('TEXT_BODY', 'EQUALS', '17', 'order (\\d+)'),
    assertion('HEADERS', 'GREATER_THAN', '41', 'X-Version', 'build-(\\d+)'),
    assertion('HEADERS', 'HAS_KEY', 'x-version'),
    assertion('RESPONSE_TIME', 'LESS_THAN', '30000'),
  ];
  const json = await probeApi(settings({ url: target.url, assertions }), probeContext());
  assert.equal(json.verdict, 'failed');
  assert.deepEqual((json.detail.assertions as Judged[]).map(({ error }) => error === null), [true, false, true, true, true, true, true, true]);

  const html = await probeApi(settings({ url: `${target.url}/html`, assertions: [assertion('JSON_BODY', 'NOT_NULL', '', '$.note')] }), probeContext());
  assert.deepEqual((html.detail.assertions as Judged[])[0]?.error, 'The response is not JSON: its content type is "text/html".');
});

test('a body that is no JSON fails the assertion with the parser’s complaint, not the probe', async (t) => {
  const target = await serveHttp(t, (_request, answer) => answer.setHeader('content-type', 'application/json').end('{"a":'));
  const outcome = await probeApi(settings({ url: target.url, assertions: [assertion('JSON_BODY', 'IS_EMPTY', '', '$.a'), assertion('STATUS_CODE', 'EQUALS', '200')] }), probeContext());
  const [json, status] = outcome.detail.assertions as Judged[];
  assert.deepEqual([outcome.verdict, status?.error], ['failed', null]);
  assert.match(String(json?.error), /JSON/);
});

test('a TEXT_BODY assertion keeps binary bodies in the result', async (t) => {
  const target = await serveHttp(t, (_request, answer) => answer.setHeader('content-type', 'application/pdf').end('%PDF-1'));
  const body = async (assertions: object[]) => ((await probeApi(settings({ url: target.url, assertions }), probeContext())).detail.response as { body: string }).body;
  assert.equal(await body([]), '[application/pdf of 6 bytes: not stored]');
  assert.equal(await body([assertion('TEXT_BODY', 'CONTAINS', 'PDF')]), '%PDF-1');
});

test('a cookie that the target sets is judged, but not kept and not shown', async (t) => {
  const target = await serveHttp(t, (_request, answer) => { answer.setHeader('Set-Cookie', ['sid=canary-1; Path=/', 'other=canary-2']).end('ok'); });
  const lines: string[] = [];
  const { detail, verdict } = await probeApi(settings({
    url: target.url, assertions: [assertion('HEADERS', 'CONTAINS', 'canary-1', 'set-cookie'), assertion('HEADERS', 'EQUALS', 'nothing', 'Set-Cookie')],
  }), { ...probeContext(), log: (_level, msg) => { lines.push(msg); } });
  assert.equal(verdict, 'failed');
  const { assertions, response } = detail as { assertions: Judged[]; response: { headers: Record<string, unknown> } };
  assert.equal(response.headers['set-cookie'], '******');
  assert.deepEqual(assertions.map(({ actual, error }) => [actual, error]), [
    ['******', null], ['******', 'The header "Set-Cookie" is not as expected (EQUALS "nothing"); its value is not shown.'],
  ]);
  // What the user wrote into the assertion is the user's; what the target sent is nowhere.
  assert.equal(JSON.stringify([response, assertions[1], lines]).includes('canary'), false);
});

test('without an answer the assertions are echoed and nothing is judged', async () => {
  const asked = assertion('STATUS_CODE', 'EQUALS', '200');
  const { detail, ...outcome } = await probeApi(settings({ url: 'http://127.0.0.1:9/bad', assertions: [asked] }, { shouldFail: true }), probeContext());
  assert.deepEqual([outcome.verdict, outcome.networkError, outcome.responseTime], ['failed', true, null]);
  assert.deepEqual([detail.assertions, detail.requestError, 'response' in detail], [[asked], 'connect ECONNREFUSED 127.0.0.1:9', false]);
});

test('the defaults of the group come first', async (t) => {
  const target = await serveHttp(t, (_request, answer) => answer.end('ok'));
  const group = {
    name: 'g', apiCheckDefaults: {
      url: '{{{ORIGIN}}}/v1', headers: [{ key: 'X-Group', value: 'g' }, { key: 'X-Both', value: 'g' }], queryParameters: [{ key: 'a', value: 'g' }],
      basicAuth: { username: 'group', password: 'pw' }, assertions: [{ source: 'STATUS_CODE', comparison: 'EQUALS', target: 200 }],
    },
  };
  const check = settings({
    url: '{{GROUP_BASE_URL}}/items', headers: [{ key: 'x-both', value: 'c' }], queryParameters: [{ key: 'a', value: 'c' }],
    basicAuth: { username: '', password: '' }, assertions: [assertion('TEXT_BODY', 'EQUALS', 'ok')],
  }, { group });
  const outcome = await probeApi(check, probeContext({ env: { ORIGIN: target.url } }));
  assert.equal(outcome.verdict, 'passed', JSON.stringify(outcome.detail));
  assert.deepEqual((outcome.detail.assertions as Judged[]).map(({ source }) => source), ['STATUS_CODE', 'TEXT_BODY']);
  const [seen] = target.seen;
  assert.deepEqual([seen?.path, seen?.headers['x-group'], seen?.headers['x-both'], seen?.headers.authorization],
    ['/v1/items?a=g&a=c', 'g', 'c', `Basic ${btoa('group:pw')}`]);
});

test('without a way to run scripts the run is errored before any request; blank ones are none', async (t) => {
  const target = await serveHttp(t, (_request, answer) => answer.end());
  const asked = assertion('STATUS_CODE', 'EQUALS', '200');
  const snippets = 'The stored snippet that this check names has not come with it.';
  for (const [more, fault] of [
    [{ localSetupScript: 'x' }, 'This agent runs no scripts.'], [{ group: { localSetupScript: 'x' } }, 'This agent runs no scripts.'],
    [{ setupSnippetId: 1 }, snippets], [{ tearDownSnippetId: 2 }, snippets],
  ] as const) {
    const context = probeContext();
    const outcome = await probeApi(settings({ url: target.url, assertions: [asked] }, more), context);
    assert.deepEqual(outcome, {
      verdict: 'errored', interrupted: false, overMaxResponseTime: false, networkError: false, responseTime: null, fault,
      detail: { assertions: [asked], requestError: fault },
    }, JSON.stringify(more));
    assert.deepEqual(context.lines, [{ level: 'ERROR', msg: fault, phase: 'setup' }]);
  }
  assert.equal(target.seen.length, 0);
  const blank = settings({ url: target.url }, { localSetupScript: ' \n', localTearDownScript: null, setupSnippetId: null, group: { localSetupScript: '' } });
  assert.equal((await probeApi(blank, probeContext())).verdict, 'passed');
});

type Scripted = Parameters<ScriptRunner>[0];
const left = (job: Scripted, changes: { env?: object; request?: object; body?: string } = {}): ScriptEnd => ({
  kind: 'done', env: { ...job.env, ...changes.env }, request: { ...job.request, ...changes.request }, body: changes.body ?? job.response?.body ?? null,
});

test('the run order: group, check, request, check, group, assertions; each sees what the one before has left', async (t) => {
  const target = await serveHttp(t, (_request, answer) => answer.setHeader('content-type', 'text/plain; charset=latin1').end('sent'));
  const seen: string[] = [];
  const scripts: ScriptRunner = async (job) => {
    seen.push(`${job.phase} ${job.text} ${job.request.headers['x-a'] ?? '-'} ${job.env.STEP ?? '-'} ${job.response?.body ?? '-'} ${target.seen.length}`);
    if (job.phase === 'teardown') return left(job, { env: { STEP: job.text }, body: `${job.response?.body} ${job.text} é` });
    return left(job, { env: { STEP: job.text, PLACE: 'a b' }, request: { headers: { ...job.request.headers, 'x-a': `{{{STEP}}} ${job.text}` }, queryParameters: { q: '{{PLACE}}' }, method: 'post' } });
  };
  const check = settings({ url: target.url, headers: [{ key: 'x-shut', value: 's', locked: true }], assertions: [assertion('TEXT_BODY', 'EQUALS', 'sent C é G é')] }, {
    localSetupScript: 'C', localTearDownScript: 'C', group: { localSetupScript: 'G', localTearDownScript: 'G' },
  });
  const outcome = await probeApi(check, probeContext({ scripts }));
  assert.equal(outcome.verdict, 'passed', JSON.stringify(outcome.detail));
  assert.deepEqual(seen, [
    'setup G - - - 0', 'setup C {{{STEP}}} G G - 0', 'teardown C C C C sent 1', 'teardown G C C C sent C é 1',
  ]);
  const [request] = target.seen;
  assert.deepEqual([request?.method, request?.path, request?.headers['x-a']], ['POST', '/?q=a%20b', 'C C']);
  const { request: recorded, response } = outcome.detail as { request: { headers: Record<string, string> }; response: { body: string } };
  assert.deepEqual([recorded.headers['x-shut'], response.body], ['******', 'sent C é G é']);
});

test('how scripts fail: setup keeps the request from being sent, teardown fails a check whose assertions are judged', async (t) => {
  const target = await serveHttp(t, (_request, answer) => answer.end('ok'));
  const asked = assertion('STATUS_CODE', 'EQUALS', '200');
  const failing: ScriptRunner = async () => ({ kind: 'failed', message: 'boo' });
  const setup = await probeApi(settings({ url: target.url, assertions: [asked] }, { localSetupScript: 'x' }), probeContext({ scripts: failing }));
  assert.deepEqual([setup.verdict, setup.fault, setup.detail, target.seen.length], ['failed', null, { assertions: [asked], requestError: 'boo' }, 0]);
  const method = await probeApi(settings({ url: target.url }, { localSetupScript: 'x' }), probeContext({ scripts: async (job) => left(job, { request: { method: 'TRACE' } }) }));
  assert.match(String(method.detail.requestError), /request\.method to "TRACE": it must be one of/);
  const teardown = await probeApi(settings({ url: target.url, assertions: [asked] }, { localTearDownScript: 'x' }), probeContext({ scripts: failing }));
  assert.deepEqual([teardown.verdict, teardown.detail.requestError, (teardown.detail.assertions as Judged[])[0]?.error], ['failed', null, null]);
  const broken = await probeApi(settings({ url: target.url }, { localTearDownScript: 'x' }), probeContext({ scripts: async () => ({ kind: 'fault', sentence: 'No sandbox.' }) }));
  assert.deepEqual([broken.verdict, broken.fault], ['errored', 'No sandbox.']);
  const cancelled = await probeApi(settings({ url: target.url }, { localTearDownScript: 'x' }), probeContext({ scripts: async () => ({ kind: 'cancelled' }) }));
  assert.equal(cancelled.interrupted, true);
});

test('without an answer teardown runs too, with no response; the request decides all the same', async () => {
  const told: unknown[] = [];
  const nobody = settings({ url: 'http://127.0.0.1:1/{{PLACE}}', headers: [] }, { localSetupScript: 's', localTearDownScript: 't' });
  const ends: Record<string, ScriptEnd['kind']> = { done: 'done', failed: 'failed', fault: 'fault', cancelled: 'cancelled' };
  for (const kind of Object.values(ends)) {
    const scripts: ScriptRunner = async (job) => {
      if (job.phase === 'setup') return left(job, { env: { PLACE: 'there' } });
      told.push([job.response, job.request.url, job.env.PLACE]);
      if (kind === 'done') return left(job);
      return kind === 'failed' ? { kind, message: 'boo' } : kind === 'fault' ? { kind, sentence: 'No sandbox.' } : { kind };
    };
    const { verdict, interrupted, networkError, fault, detail } = await probeApi(nobody, probeContext({ scripts }));
    assert.match(String(detail.requestError), /ECONNREFUSED/);
    assert.deepEqual({ verdict, interrupted, networkError, fault }, {
      verdict: kind === 'fault' ? 'errored' : 'failed', interrupted: kind === 'cancelled', networkError: true, fault: kind === 'fault' ? 'No sandbox.' : null,
    });
  }
  assert.deepEqual(told, Array.from({ length: 4 }, () => [null, 'http://127.0.0.1:1/there', 'there']));
  const unsendable = settings({ url: 'http://{{PLACE}}/' }, { localTearDownScript: 't' });
  const seen: Scripted[] = [];
  const outcome = await probeApi(unsendable, probeContext({ scripts: async (job) => { seen.push(job); return left(job); } }));
  assert.deepEqual([outcome.verdict, seen.map(({ response, request }) => [response, request.url])], ['failed', [[null, 'http://{{PLACE}}/']]]);
});
