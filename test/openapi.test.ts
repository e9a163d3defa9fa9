/** Every operation we serve, against the contract's own document where that lies beside the repository. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { openApiUnderTest } from './apiUnderTest.ts';
import { compareDocuments, type Document } from './compareDocuments.ts';

const CONTRACT = join(import.meta.dirname, '..', '..', 'shared', 'contract', 'openapi.json');

/** Differences that are meant, each with its reason; one that no longer occurs must go. */
const EXPLAINED: readonly { difference: RegExp; why: string }[] = [
  { difference: /^\w+ \/next\/.*: not in the contract's document$/, why: 'The CLI\'s own paths are not in the public document; cli-wire describes them.' },
  { difference: /^(post \/v1\/test-sessions\/run|get \/v1\/test-sessions\/scheduling\/\{schedulingId\}\/completion): not in the contract's document$/, why: 'The CLI\'s own way to run checks from code (A.2, cli-wire 4).' },
  { difference: /^get \S+\/assets\/\{asset\}(\/\{name\})?: not in the contract's document$/, why: 'Where the URLs of the manifest lead (G); their form is the server\'s business.' },
  { difference: /environmentVariables\[\]\|0\.value: type string instead of none$/, why: 'A.10: the value of a secret is a string or null.' },
  { difference: /retryStrategy\|\d\.baseBackoffSeconds: (minimum 0|maximum 600) instead of none$/, why: 'A.7 (REC): waits are 0 to 600 s.' },
  { difference: /^get \/v1\/test-sessions: query limit: minimum 1 instead of none$/, why: 'A page of no session has no next one.' },
  { difference: /: status 400 is not in the contract$/, why: 'I.4: a schema violation and a malformed uuid are 400 everywhere; older operations leave it out.' },
  { difference: /^(get|put|delete|post) \/v1\/(client-certificates|private-locations).*: status 404 is not in the contract$/, why: 'I.1: what belongs to others is 404; these operations leave it out.' },
  { difference: /^(get|patch|delete) \/v1\/accounts\/\S+\/members\S*: status 404 is not in the contract$/, why: 'I.1: another account is 404.' },
  { difference: /^post \/v1\/private-locations(\/\{id\}\/keys)?: status 409 is not in the contract$/, why: 'H.1 (REC): a slug that is taken, a third key.' },
  { difference: /\.projectBindings: missing in ours$/, why: 'Optional; nothing is deployed here, so no project owns a location.' },
  { difference: /\/v1\/private-locations.*\.egress: not in the contract$/, why: 'Where a location\'s checks may connect to: ours alone, and optional.' },
  { difference: /^get \/v1\/(variables|snippets|error-groups|test-session-error-groups)\S*: query page.*: (type integer instead of number|minimum 1 instead of (0|none)|exclusiveMinimum)/, why: 'Whole pages from 1: what the contract means by a number above 0.' },
  { difference: /^\w+ \/v1\/snippets\/\{id\}: path id: (minimum 1 instead of 0|exclusiveMinimum)/, why: 'A whole number above 0, said in another way.' },
  { difference: /^delete \/v1\/snippets\/\{id\}: status 404 is not in the contract$/, why: 'I.1: what is not there is 404; this operation leaves it out.' },
  { difference: /\.(sslCheckResult|grpcCheckResult|tracerouteCheckResult): not in the contract$/, why: 'A.5 (REC): the sub-result of check results, for the types whose session results have none.' },
  { difference: /^get \/v1\/private-locations\/\{id\}\/metrics: query (from|to): format none instead of date-time$/, why: 'H.2: Unix time; a date is taken as well.' },
  { difference: /\.grpcCheckResult: not in the contract$/, why: 'A.5: results of sessions have the key that scheduled results have.' },
  { difference: /\.(isFlaky|flakySequenceIds|flakiness): not in the contract$/, why: 'Flakiness: ours alone, in additional fields.' },
  { difference: /CheckResult\.(traceErrors|videoMoments): not in the contract$/, why: 'The words of what traceSummary counts, and the steps on a video\'s time line: ours alone, in additional fields.' },
  { difference: /results\[\]\.(sequenceId|attempts): not in the contract$/, why: 'Listed results tell which of them are runs of one check, as single ones do.' },
  { difference: /^get \/v1\/test-sessions -> 200\.(entries\[\]\.counts|prevId): not in the contract$/, why: 'How many sequences stand where, and the way back to newer pages: ours alone, in additional fields.' },
  { difference: /^get \/v1\/test-sessions: query (prevId|sequences): not in the contract$/, why: 'The way back, and lists without thousands of ids; optional.' },
  { difference: /^get \/v1\/test-session-error-groups\S*: query sessions: not in the contract$/, why: 'Over how many sessions flakiness is told; optional.' },
  { difference: /^get \/v1\/test-session-flakiness\/projects\/\{projectId\}: not in the contract's document$/, why: 'Flakiness of checks: ours alone.' },
  { difference: /^get \/v1\/(test-session-error-groups\/projects|error-groups\/checks)\/\S+: status 404 is not in the contract$/, why: 'I.1: what belongs to others is 404; these operations leave it out.' },
  { difference: /\.rootCauseAnalyses\[\]\.\w+: missing in ours$/, why: 'F.5: the list is empty, as no AI provider can be configured.' },
  { difference: /^\w+ \/v1\/root-cause-analyses\/\S+: status 20[02] is missing in ours$/, why: 'F.5: no AI provider can be configured; the operations refuse with 403 and 404.' },
];

test('every operation we serve is the contract\'s', async (context) => {
  if (!existsSync(CONTRACT)) {
    context.skip('The contract\'s document (../shared/contract/openapi.json) is not here.');
    return;
  }
  await using api = await openApiUnderTest();
  const ours = (await api.app.inject('/openapi.json')).json<Document>();
  const theirs = JSON.parse(readFileSync(CONTRACT, 'utf8')) as Document;
  const differences = compareDocuments(ours, theirs);
  const unexplained = differences.filter((one) => !EXPLAINED.some(({ difference }) => difference.test(one)));
  assert.deepEqual(unexplained, []);
  const stale = EXPLAINED.filter(({ difference }) => !differences.some((one) => difference.test(one)));
  assert.deepEqual(stale, [], 'these explanations explain nothing any more');
});

test('every route under /v1 is in our document', async () => {
  await using api = await openApiUnderTest();
  const { paths } = (await api.app.inject('/openapi.json')).json<Document>();
  const hidden = api.routes.filter(({ url, method }) => url.startsWith('/v1/')
    && !paths[url.replace(/:(\w+)/g, '{$1}')]?.[String(method).toLowerCase()]).map(({ method, url }) => `${method} ${url}`);
  assert.deepEqual(hidden, []);
});

test('the document is OpenAPI 3.0: no type null, no list of types, no numeric exclusiveMinimum', async () => {
  await using api = await openApiUnderTest();
  const { body } = await api.app.inject('/openapi.json');
  assert.match(body, /"openapi":"3\.0\.\d"/);
  assert.doesNotMatch(body, /"type":"null"|"type":\[|"exclusiveMinimum":\d/);
});
