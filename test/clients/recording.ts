/** `test --record`: what the CLI prints, writes and is told, and what the API says afterwards, are one verdict. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { Value } from 'typebox/value';
import { TestSessionResult } from '../../src/contract/results.ts';
import type { TestSessionList } from '../../src/contract/sessions.ts';
import { countsOf, printedDuration, rowsOf, verdictOf, wanted, type Suite } from './suite.ts';

interface JsonReport {
  testSessionId: string; numChecks: number; runLocation: string;
  checks: { result: string; name: string; checkType: string; durationMilliseconds: number | null; link: string; runError: string | null; retries: number;
    diagnostics?: { grpcCheckResult?: { grpcStatusCode: number | null; grpcStatusMessage: string | null; requestError: string | null; response: Record<string, unknown> | null } } }[];
}
const IN_JSON = { Pass: 'green', Degraded: 'degraded', Fail: 'red' } as Record<string, string>;
const IN_MARKDOWN = { '✅ Pass': 'green', '⚠️ Degraded': 'degraded', '❌ Fail': 'red' } as Record<string, string>;

const read = (suite: Suite, name: string) => readFileSync(join(suite.project.folder, name), 'utf8');
const readReport = (suite: Suite) => JSON.parse(read(suite, 'checkly-json-report.json')) as JsonReport;

export function testRecording(of: () => Suite): void {
  it('test --record: exit code, rows, counts and links', async () => {
    const { run, session, results } = await of().recorded();
    assert.equal(run.code, 1, run.stdout + run.stderr);
    assert.equal(run.stderr, '');
    const rows = rowsOf(run);
    assert.deepEqual([...rows.keys()].sort(), results.map(({ name }) => name).sort());
    for (const [name, { verdict }] of rows) assert.equal(verdict, wanted(name), name);
    assert.equal(countsOf(run), '17 failed, 3 degraded, 7 passed, 27 total');
    assert.ok(run.stdout.includes(`Detailed session summary at: ${session.testSessionLink}\n`));
    assert.equal((await fetch(session.testSessionLink)).status, 200);
  });

  it('each result of the API keeps the schema and says what the CLI said', async () => {
    const { run, session, results } = await of().recorded();
    const rows = rowsOf(run);
    assert.equal(session.status, 'FAILED');
    assert.equal(results.length, 27);
    for (const result of results) {
      const name = result.name ?? '';
      assert.deepEqual([...Value.Errors(TestSessionResult, result)], [], name);
      const passed = wanted(name) !== 'red';
      assert.deepEqual([result.resultType, result.status, verdictOf(result)], ['FINAL', passed ? 'PASSED' : 'FAILED', wanted(name)], name);
      assert.equal(result.hasErrors, result.checkType === 'AGENTIC', `${name}: only what is not run is our own fault`);
      assert.equal(result.runLocation, 'eu-west-1');
      assert.equal(result.filePath, 'colours.check.ts');
      assert.equal(result.attempts, result.checkType === 'AGENTIC' ? 0 : 1);
      const elapsed = Date.parse(result.stoppedAt ?? '') - Date.parse(result.startedAt ?? result.stoppedAt ?? '');
      assert.equal(rows.get(name)?.duration, printedDuration(elapsed), name);
    }
  });

  it('the list counts the same, by sequence', async () => {
    const { session, results } = await of().recorded();
    const list = await of().get<TestSessionList>('/v1/test-sessions?limit=100');
    const entry = list.entries.find(({ id }) => id === session.testSessionId);
    const sequences = (verdicts: string[]) => results.filter(({ name = '' }) => verdicts.includes(wanted(name))).map(({ sequenceId }) => sequenceId).sort();
    assert.deepEqual(entry?.passed?.sort(), sequences(['green', 'degraded']));
    assert.deepEqual(entry?.failed?.sort(), sequences(['red']));
    assert.deepEqual([entry?.status, entry?.running, entry?.cancelled], ['FAILED', [], []]);
  });

  it('what is not supported yet ends red and says why', async () => {
    const { run, results } = await of().recorded();
    const agentic = results.find(({ checkType }) => checkType === 'AGENTIC');
    assert.match(agentic?.scheduleError ?? '', /AGENTIC checks are not supported/);
    assert.ok(run.stdout.includes(agentic?.scheduleError ?? ''));
    assert.equal(readReport(of()).checks.find(({ checkType }) => checkType === 'AGENTIC')?.runError, agentic?.scheduleError);
  });

  it('what a gRPC call left is printed and written', async () => {
    const { run } = await of().recorded();
    assert.doesNotMatch(run.stdout, /undefined|NaN|\[object/);
    for (const pattern of [
      /Target: 127\.0\.0\.1:\d+\s+Method: shop\.v1\.Shop\/Get\s+Mode: BEHAVIOR\s+Response Time: [\d.]+m?s\s+Status: 5 no such cup\s+Discovered Methods: .*shop\.v1\.Shop\/Get/,
      /Metadata:\s+content-type: application\/grpc/, /Connection to "127\.0\.0\.1:1" was refused \(syscall: connect, errno: -111\)/,
      /shop\.v1\.Shop\/Watch is a server-streaming method: only unary methods can be called\./,
    ]) assert.match(run.stdout, pattern);
    const found = new Map(readReport(of()).checks.map(({ name, diagnostics }) => [name, diagnostics?.grpcCheckResult]));
    const { grpcStatusCode, grpcStatusMessage, response } = found.get('red gRPC') ?? {};
    assert.deepEqual([grpcStatusCode, grpcStatusMessage, response?.['host']], [5, 'no such cup', '127.0.0.1']);
    assert.match(String(found.get('red gRPC, a stream')?.requestError), /server-streaming/);
  });

  it('reporter json: one entry a check, with the response time and link of the API', async () => {
    const { session, results } = await of().recorded();
    const report = readReport(of());
    assert.deepEqual([report.testSessionId, report.numChecks, report.runLocation], [session.testSessionId, 27, 'eu-west-1']);
    const expected = results.map(({ name = '', checkType, responseTime, testSessionResultLink }) =>
      ({ name, checkType, verdict: wanted(name), durationMilliseconds: responseTime, link: testSessionResultLink, retries: 0 }));
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    assert.deepEqual(report.checks.map(({ name, checkType, result, durationMilliseconds, link, retries }) =>
      ({ name, checkType, verdict: IN_JSON[result], durationMilliseconds, link, retries })).sort(byName), expected.sort(byName));
  });

  it('reporter github: one row a check, with its link', async () => {
    const { session, results } = await of().recorded();
    const report = read(of(), 'checkly-github-report.md');
    assert.ok(report.includes(`[View detailed test session summary](${session.testSessionLink})`));
    const rows = Array.from(report.matchAll(/^\|(\S+ \w+)\|([^|]+)\|\w+\|`colours\.check\.ts`\|[^|]+\|\[Full test report\]\(([^)]+)\)\|$/gmu),
      ([, verdict = '', name, link]) => ({ verdict: IN_MARKDOWN[verdict], name, link }));
    const byName = (a: { name?: string | undefined }, b: { name?: string | undefined }) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1);
    assert.deepEqual(rows.sort(byName), results.map(({ name = '', testSessionResultLink }) => ({ verdict: wanted(name), name, link: testSessionResultLink })).sort(byName));
  });
}
