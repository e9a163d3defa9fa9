import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addFindings, createTraceReader, inOrder, noFindings } from './traceFindings.ts';

/** What is secret in these lines. */
const clean = (line: string) => line.replaceAll('s3cret', '******');

function read(events: readonly object[], reader = createTraceReader()) {
  for (const event of events) reader.read(JSON.stringify(event), clean(JSON.stringify(event)));
  return reader.findings();
}

const START = { type: 'context-options', wallTime: 1_800_000_000_000, monotonicTime: 500 };
const said = (text: string, time = 600, more = {}) => ({ type: 'console', messageType: 'error', text, time, location: { url: 'http://shop/app.js', lineNumber: 4, columnNumber: 0 }, ...more });
const request = (response: object, more = {}, headers: Record<string, string> = {}) => ({
  type: 'resource-snapshot',
  snapshot: {
    startedDateTime: '2027-01-15T08:00:00.250Z', request: { method: 'GET', url: 'http://shop/cart?key=s3cret', headers: Object.entries(headers).map(([name, value]) => ({ name, value })) }, response, ...more,
  },
});

test('what pages report is counted, and told once in words without secrets, with its place and its time', () => {
  const findings = read([
    START, said('no stock s3cret'), said('no stock s3cret', 700), said('one more', 550), said('only a warning', 1, { messageType: 'warning' }),
    { type: 'event', method: 'pageError', time: 650, params: { error: { error: { name: 'TypeError', message: 'x is no function', stack: 'TypeError: x\n  at s3cret' } }, location: { url: 'http://shop/', line: 1, column: 7 } } },
    { type: 'event', method: 'pageError', time: 660, params: { error: { value: { s: 'thrown' } } } },
  ]);
  assert.deepEqual(findings.summary, { consoleErrors: 3, networkErrors: 0, documentErrors: 0, userScriptErrors: 2 });
  const place = { url: 'http://shop/app.js', line: 5, column: 1 };
  assert.deepEqual(inOrder(findings), [
    { kind: 'consoleErrors', text: 'one more', ...place, startTime: 1_800_000_000_050, count: 1 },
    { kind: 'consoleErrors', text: 'no stock ******', ...place, startTime: 1_800_000_000_100, count: 2 },
    { kind: 'userScriptErrors', text: 'TypeError: x is no function', stack: 'TypeError: x\n  at ******', url: 'http://shop/', line: 2, column: 8, startTime: 1_800_000_000_150, count: 1 },
    { kind: 'userScriptErrors', text: 'Thrown: {"s":"thrown"}', startTime: 1_800_000_000_160, count: 1 },
  ]);
});

test('requests: of pages and of the test itself; what a page gave up, and the browser\'s own questions, are no errors', () => {
  const findings = read([
    request({ status: 200 }), request({ status: 404, statusText: '' }), request({ status: 500, statusText: 'Broken' }, {}, { 'Sec-Fetch-Dest': 'document' }),
    request({ status: -1, _failureText: 'net::ERR_CONNECTION_REFUSED' }, { _resourceType: 'document' }), request({ status: -1, _failureText: 'net::ERR_ABORTED' }),
    request({ status: 503 }, { _apiRequest: true }), request({ status: 200 }, { _apiRequest: true }),
    { ...request({ status: 403 }), snapshot: { ...request({ status: 403 }).snapshot, request: { method: 'OPTIONS', url: 'x', headers: [{ name: 'Access-Control-Request-Method', value: 'PUT' }] } } },
  ]);
  assert.deepEqual(findings.summary, { consoleErrors: 0, networkErrors: 3, documentErrors: 2, userScriptErrors: 0 });
  assert.deepEqual(inOrder(findings).map(({ kind, text, method, url }) => [kind, text, method, url]), [
    ['networkErrors', '404 Not Found'], ['documentErrors', '500 Broken'], ['documentErrors', 'net::ERR_CONNECTION_REFUSED'], ['requestErrors', '503 Service Unavailable'],
  ].map((pair) => [...pair, 'GET', 'http://shop/cart?key=******']));
});

test('read once more from a mark counts once; several files are told together; of very many only the first are told', () => {
  const reader = createTraceReader();
  read([START, said('first')], reader);
  const mark = reader.mark();
  read([said('second'), said('first')], reader);
  mark.goBack();
  read([said('second')], reader);
  assert.deepEqual(inOrder(reader.findings()).map(({ text, count }) => [text, count]), [['first', 1], ['second', 1]]);
  const together = addFindings(addFindings(noFindings(), reader.findings()), read(Array.from({ length: 300 }, (_, at) => said(`${'x'.repeat(5_000)}${at % 2 ? 'y' : ''}`, at, { location: { url: 'u', lineNumber: at, columnNumber: 1 } }))));
  const later = read([START, said('first', 900)]);
  assert.deepEqual(inOrder(addFindings(later, reader.findings())).map(({ text, startTime, count }) => [text, startTime, count]), [['first', 1_800_000_000_100, 2], ['second', 1_800_000_000_100, 1]], 'the first time of all');
  assert.equal(together.summary.consoleErrors, 302);
  const told = inOrder(together);
  assert.equal(told.length, 100);
  assert.ok(told.every(({ text }) => text.length <= 1_001));
  assert.deepEqual(told.filter(({ startTime }) => startTime !== undefined).map(({ text }) => text), ['first', 'second'], 'without a date there is no time');
});

test('lines that are broken, or of another form, are counted as far as they can be and harm nobody', () => {
  const reader = createTraceReader();
  for (const line of ['{"type":"console"', '["console"]', 'null "console"', '{"type":"console","messageType":"error","text":{},"location":[]}', '{"type":"resource-snapshot","snapshot":null}', '{"type":"event","method":"pageError"}']) {
    reader.read(line, line);
    reader.read(line, null);
  }
  assert.deepEqual(reader.findings().summary, { consoleErrors: 2, networkErrors: 0, documentErrors: 0, userScriptErrors: 2 });
  assert.deepEqual(inOrder(reader.findings()).map(({ kind, text }) => [kind, text]), [['consoleErrors', ''], ['userScriptErrors', 'Thrown: undefined']]);
});
