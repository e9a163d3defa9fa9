/** The sentence over the results that the scenarios hold, which are real ones of every type; and its agreement with the flags over any. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { CHECK_TYPES } from '../../src/contract/checkTypes.ts';
import type { TestSessionResult } from '../../src/contract/results.ts';
import { detailOf } from '../../src/web/kit/detail.ts';
import { verdictOf, type Verdict } from '../../src/web/kit/verdict.ts';
import { reasonOf, type Told } from '../../src/web/pages/result/reasonOf.ts';
import { errorGist } from '../../src/web/pages/result/testsSentence.ts';

const FOLDER = new URL('../scenarios/', import.meta.url);
/** What differs from run to run stands in the scenarios as a word. */
const asReal = (text: string): string => text.replaceAll('"<number>"', '42').replaceAll('<number>', '42').replaceAll('<time>', '2026-04-01T12:00:00.000Z')
  .replaceAll(/<\w+ port>/g, '8080').replaceAll('<http>', 'http://shop.test');
const resultsIn = (file: string): TestSessionResult[] => (JSON.parse(asReal(readFileSync(new URL(file, FOLDER), 'utf8'))) as { answer: { results: TestSessionResult[] } }).answer.results;
const sentencesIn = (file: string): string[] => resultsIn(`${file}.json`).map((result) => reasonOf(result, detailOf(result)).sentence);

/** What a sentence of each verdict says, and those of no other say. */
const VOICES: Readonly<Record<Exclude<Verdict, 'failed'>, RegExp>> = {
  running: /^(?:It is running|(?:It|Attempt \d+) waits for its turn)\.$/,
  cancelled: /^It was cancelled (?:after .*, before it had ended|before it had begun)\.$/,
  errored: /^(?:This check was not run|Assay’s agent failed to run this check)(?:: .*)?\. Your target is not to blame\.$/,
  degraded: /degraded|; the check wants -?[\d,.e+]+ days? at least\.$|^The security baseline is not met|got no answer, which is a loss of|^None of /,
  passed: /^(?:Answered with|Connected|Reached in|[A-Z0-9_]+ for\b|-?[\d,.e+]+ of -?[\d,.e+]+ pings? came back|.* agreed|.* ended with the gRPC status|(?:The test|All -?[\d,.e+]+ tests|-?[\d,.e+]+ of -?[\d,.e+]+ tests?) passed|The script ran without|The check passed)|, which this check accepts[;,.]/,
};
function assertAgrees(result: Told, sentence: string, about: string): void {
  assert.ok(sentence.length > 1 && sentence.length < 900 && !sentence.includes('\n') && /[.!?…]["”)]?$/.test(sentence), `${about}: ${sentence}`);
  const verdict = verdictOf(result);
  if (verdict !== 'failed') assert.match(sentence, VOICES[verdict], about);
  else for (const [other, voice] of Object.entries(VOICES)) if (!['degraded'].includes(other)) assert.doesNotMatch(sentence, voice, `${about} is failed, not ${other}`);
}

test('every result of every scenario has a sentence that agrees with its flags', () => {
  const types = new Set<string>();
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.json'))) {
    for (const result of resultsIn(file)) {
      const reason = reasonOf(result, detailOf(result));
      types.add(result.checkType);
      assert.equal(reason.verdict, verdictOf(result));
      assertAgrees(result, reason.sentence, `${file} ${result.name}`);
      if (result.status === 'FAILED') assert.notEqual(reason.sentence, 'The check failed.', `${file}: says why`);
    }
  }
  assert.ok(types.size >= 10, [...types].join(', '));
});

const REAL: Readonly<Record<string, readonly string[]>> = {
  'url-404-fails': ['GET http://shop.test/missing was answered with 404 Not Found.'],
  'url-refused': ['The connection to 127.0.0.1:1 was refused.', 'The connection to 127.0.0.1:1 was refused.'],
  'url-over-max': ['It took 42 ms; more than the limit of 60 ms.'],
  'url-degraded': ['It took 42 ms; more than the degraded limit of 60 ms.'],
  'url-should-fail-does-not-invert': ['Answered with 200 OK in 42 ms.', 'The status code was 200; it should be greater than 399.'],
  'url-connection-dropped': ['The connection was closed before the answer was complete.'],
  'api-json-path': ['$.list of the body was 5 (value 2 of 3); it should be less than 3, and 1 more assertion failed.'],
  'api-not-json': ['The response is not JSON: its content type is "text/plain".', 'The document is not valid JSON: Unexpected end of JSON input.'],
  'api-setup-throws': ['The setup script failed: Error: no token.'],
  'api-headers': ['Answered with 200 OK in 42 ms; all 5 assertions held.'],
  'retry-until-passed': [
    'GET http://shop.test/flaky was answered with 500 Internal Server Error.', 'GET http://shop.test/flaky was answered with 503 Service Unavailable.', 'Answered with 200 OK in 42 ms, on attempt 3.',
  ],
  'dns-nxdomain': [
    'The name server answered NXDOMAIN to A nobody.shop.example.test.', 'NXDOMAIN for A nobody.shop.example.test with 0 records in 42 ms; its assertion held.',
    'The return code was NXDOMAIN; SERVFAIL was expected.', 'NOERROR for MX mail.shop.example.test with 0 records in 42 ms.',
  ],
  'tcp-refused': ['The connection to 127.0.0.1:1 was refused.', 'The connection to 127.0.0.1:1 was refused, which this check accepts.'],
  'grpc-fails': [
    'The call of shop.v1.Shop/Get was answered with the gRPC status 14: no backend, and 1 assertion failed.', 'shop.v1.Shop/Watch is a server-streaming method: only unary methods can be called.',
    'The server has no method shop.v1.Shop/Nope. It has shop.v1.Shop/Fill, shop.v1.Shop/Get, shop.v1.Shop/Hold, shop.v1.Shop/Talk, shop.v1.Shop/Watch.',
    'The connection to 127.0.0.1:1 was refused.', 'The connection to 127.0.0.1:1 was refused, which this check accepts.',
  ],
  'ssl-baseline-fails': ['The security baseline is not met: TLS1.0 was negotiated, which is older than TLS1.2.', 'The security baseline is not met: TLS1.0 was negotiated, which is older than TLS1.2.'],
  'ssl-passes': ['TLS1.3 agreed in 42 ms; the certificate is valid for 59 more days; all 6 assertions held.', 'The certificate expires in 59 days; the check wants 90 days at least.'],
  'browser-fails': ['1 of 2 tests failed; has coffee: expect(received).toBe(): expected "coffee", received "tea".'],
  'multistep-fails': ['asks: expect(received).toBe(): expected 200, received 500.', 'nothing works.'],
  'multistep-passes': ['The test passed in 42 ms.'],
  'traceroute-unknown': ['The name nowhere..invalid could not be resolved: it has no address.'],
  'unsupported-type': ['This check was not run: AGENTIC checks are not supported by this version of Assay yet. Your target is not to blame.', 'Answered with 200 OK in 42 ms.'],
};
for (const [file, sentences] of Object.entries(REAL)) test(`in words: ${file}`, () => assert.deepEqual(sentencesIn(file), sentences));

const RED: Told = {
  checkType: 'URL', status: 'FAILED', hasErrors: false, isDegraded: false, overMaxResponseTime: false, responseTime: 1240, resultType: 'FINAL', attempts: 1, scheduleError: null,
  startedAt: '2026-04-01T12:00:00.000Z', stoppedAt: '2026-04-01T12:00:02.100Z',
};
const GREEN: Told = { ...RED, status: 'PASSED' };
const said = (result: Told, detail: Record<string, unknown> | null) => reasonOf(result, detail).sentence;

test('what the scenarios do not come to', () => {
  const lost = { sent: 10, detail: { response: { packetsSent: 10, packetsReceived: 8, packetLoss: 20, latency: { avg: 3 } } } };
  assert.equal(said({ ...RED, checkType: 'ICMP' }, lost.detail), '2 of 10 pings got no answer, which is a loss of 20 %.');
  assert.equal(said({ ...GREEN, checkType: 'ICMP', isDegraded: true }, lost.detail), '2 of 10 pings got no answer, which is a loss of 20 %.');
  assert.equal(said({ ...RED, checkType: 'ICMP' }, { response: { packetsSent: 3, packetsReceived: 0, packetLoss: 100 } }), 'None of 3 pings was answered.');
  assert.equal(said({ ...RED, checkType: 'TRACEROUTE' }, { destinationReached: false, response: { truncationReason: 'maxUnknownHops' } }), 'The destination was not reached: too many hops in a row did not answer.');
  assert.equal(said({ ...RED, overMaxResponseTime: true }, { maxResponseTime: 1000 }), 'It took 1,240 ms; more than the limit of 1,000 ms.');
  assert.equal(said(RED, { assertions: [{ source: 'HEADERS', property: 'x-a', comparison: 'EQUALS', target: 'b', error: 'Expected HEADERS "x-a" to equal "b", received nothing.' }] }), 'The header x-a was not there; “b” was expected.');
  assert.equal(said(RED, { requestError: '!' }), 'Nothing more was said than “!”.');
  assert.equal(said(RED, null), 'The check failed; what it left is no longer kept.');
  assert.equal(said(GREEN, null), 'The check passed; what it left is no longer kept.');
  assert.equal(said({ ...RED, status: 'CANCELLED' }, { requestError: 'The run was cancelled.' }), 'It was cancelled after 2,100 ms, before it had ended.');
  assert.equal(said({ ...RED, hasErrors: true, scheduleError: 'The agent that ran this check was lost 3 times.' }, null), 'Assay’s agent failed to run this check: The agent that ran this check was lost 3 times. Your target is not to blame.');
  assert.equal(said({ ...RED, hasErrors: true }, { errors: [{ message: 'Chromium did not start.' }] }), 'Assay’s agent failed to run this check: Chromium did not start. Your target is not to blame.');
  assert.equal(said({ ...RED, status: 'RUNNING', startedAt: null, attempts: 2 }, null), 'Attempt 2 waits for its turn.');
  assert.equal(said({ ...GREEN, checkType: 'BROWSER', isDegraded: true }, { jobLog: [{ level: 'WARN', msg: 'Marked as degraded: slow checkout' }] }), 'The script has marked it as degraded: slow checkout.');
  assert.equal(said({ ...GREEN, checkType: 'PLAYWRIGHT', responseTime: 12_400 }, { counts: { total: 14, passed: 12, failed: 0, flaky: 1, skipped: 1 } }), '13 of 14 tests passed in 12.4 s, 1 only when tried again, 1 skipped.');
});

test('several tests: how many, and the first with the groups that it stands in', () => {
  const error = { testTitle: 'pays', titlePath: ['checkout', 'pays'], file: 'shop.spec.ts' };
  const errors = [{ ...error, message: 'Test timeout of 30000ms exceeded.' }, { ...error, message: 'Error: \u001b[2mexpect(\u001b[22mlocator).toHaveText(expected) failed\n\nLocator:  getByRole(\'status\')\nExpected: "Paid"\nReceived: "Open"\nTimeout:  5000ms' }];
  assert.equal(said({ ...RED, checkType: 'PLAYWRIGHT' }, { errors, counts: { total: 14, passed: 12, failed: 2, flaky: 0, skipped: 0 } }),
    '2 of 14 tests failed; first: checkout › pays: expect(locator).toHaveText(): expected "Paid", received "Open" (getByRole(\'status\')).');
  assert.equal(errorGist('page.goto: net::ERR_CONNECTION_REFUSED at http://shop.test/\nCall log:\n  - navigating'), 'page.goto: net::ERR_CONNECTION_REFUSED at http://shop.test/');
});

const word = fc.stringMatching(/^[b-z<>&"\n ]{0,30}$/);
const anything = fc.oneof(word, fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(null, 0, -1, 404, 1e9));
const someOf = (...names: string[]) => fc.record(Object.fromEntries(names.map((name) => [name, anything])), { requiredKeys: [] });
const anyDetail = fc.oneof(fc.constant(null), fc.record({
  requestError: anything, scriptError: anything, assertions: fc.oneof(anything, fc.array(someOf('source', 'property', 'comparison', 'target', 'actual', 'error', 'passed'))),
  errors: fc.oneof(anything, fc.array(someOf('message', 'testTitle', 'titlePath', 'file', 'stack', 'error'))), counts: fc.oneof(anything, someOf('total', 'failed', 'passed', 'flaky', 'skipped')),
  response: fc.oneof(anything, someOf('status', 'statusText', 'returnCode', 'data', 'packetLoss', 'packetsSent', 'packetsReceived', 'error', 'grpcStatusCode', 'healthStatus', 'destinationReached')),
  request: fc.oneof(anything, someOf('url', 'method', 'query', 'recordType', 'alertDaysBeforeExpiry')), jobLog: fc.oneof(anything, fc.array(someOf('level', 'msg', 'time'))), daysUntilExpiry: anything, degradedResponseTime: anything,
}, { requiredKeys: [] }));
const anyResult: fc.Arbitrary<Told> = fc.record({
  checkType: fc.constantFrom(...CHECK_TYPES), status: fc.constantFrom('RUNNING', 'FAILED', 'PASSED', 'CANCELLED'), hasErrors: fc.boolean(), isDegraded: fc.boolean(), overMaxResponseTime: fc.boolean(),
  responseTime: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true })), resultType: fc.constantFrom('FINAL', 'ATTEMPT', 'PENDING'), attempts: fc.nat(9), scheduleError: fc.option(word),
  startedAt: fc.constantFrom(null, '2026-04-01T12:00:00.000Z'), stoppedAt: fc.constantFrom(null, '2026-04-01T12:00:01.000Z'),
}) as fc.Arbitrary<Told>;

test('whatever a run has left, the sentence is of the verdict that the flags decide', () => {
  fc.assert(fc.property(anyResult, anyDetail, (result, detail) => {
    const reason = reasonOf(result, detail as Record<string, unknown> | null);
    assert.equal(reason.verdict, verdictOf(result));
    assertAgrees(result, reason.sentence, JSON.stringify({ result, detail }));
  }), { numRuns: 1_000 });
});
