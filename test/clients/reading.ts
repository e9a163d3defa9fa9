/** The commands that read what a run has left. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import type { Suite } from './suite.ts';

async function resultNamed(suite: Suite, name: string): Promise<[string, string]> {
  const { session, results } = await suite.recorded();
  const result = results.find((one) => one.name === name);
  assert.ok(result, name);
  return [session.testSessionId, result.testSessionResultId];
}

export function testReading(of: () => Suite): void {
  it('test-sessions list', async () => {
    const { session } = await of().recorded();
    const { code, stdout } = await of().run(['test-sessions', 'list', '--limit', '100']);
    assert.equal(code, 0);
    // The older CLI cuts long values in its tables.
    const row = stdout.split('\n').find((line) => line.includes(session.testSessionId.slice(0, 14))) ?? '';
    assert.match(row, /^failed .* Client suite +API .* 10 +17 +- /);
  });

  it('test-sessions get: the session as the API gives it, and as a table', async () => {
    const { session } = await of().recorded();
    const json = await of().run(['test-sessions', 'get', session.testSessionId, '--output', 'json']);
    assert.deepEqual(JSON.parse(json.stdout), session);
    const table = await of().run(['test-sessions', 'get', session.testSessionId]);
    assert.match(table.stdout, /Status: +failed/);
    for (const { name = '', testSessionResultId, status } of session.results ?? []) {
      const row = table.stdout.split('\n').find((line) => line.endsWith(testSessionResultId)) ?? '';
      assert.ok(row.startsWith(name.slice(0, 16)) && row.includes(` ${status.toLowerCase()} `), name);
    }
  });

  // What the CLI shows of a result: the words of HTTP for every type, also where no answer came.
  const shown: Record<string, RegExp[]> = {
    'red API': [/Method: +POST/, /Status: +500 Internal Server Error/, /"total": 29\.9/, /TTFB:/, /JSON_BODY\.\$\.total EQUALS 39\.7/],
    'red API, nobody listens': [/Status: +0 no response/, /ERROR\s+connect ECONNREFUSED 127\.0\.0\.1:1/],
    'degraded URL': [/Status: +degraded/, /Status: +200 OK/],
    'red TCP': [/Method: +TCP/, /URL: +127\.0\.0\.1:\d+/, /Status: +connected/, /PONG/],
    'red DNS': [/Method: +DNS/, /URL: +A unknown\.example\.test/, /Status: +NXDOMAIN/],
    'red ICMP, no such host': [/Method: +ICMP/, /URL: +nowhere\.\.invalid/, /Status: +ENOTFOUND/],
    'green gRPC': [/GRPC RESULT/, /Method: +shop\.v1\.Shop\/Get/, /Status: +0 OK/, /Response: +\{"name":"cup red"/, /x-cup: blue/, /Total: +\d/],
    'green gRPC, health': [/Mode: +HEALTH/, /Health: +SERVING/],
    'red gRPC, nobody listens': [/Target: +127\.0\.0\.1:1\n/, /ERROR\s+connect ECONNREFUSED 127\.0\.0\.1:1/],
    'red traceroute': [
      /Destination: +127\.0\.0\.1 \(127\.0\.0\.1\)/, /Protocol: +TCP/, /Reached: +yes/, /Final hop: +avg .* best .* worst /, / 1 {2}127\.0\.0\.1.* loss 0% {2}rtt avg .* best .* worst /,
      /ASSERTIONS\s+\S HOP_COUNT equals .*\n.*\bmax\b.*60000/,
    ],
    'red traceroute, no such host': [/Destination: +nowhere\.\.invalid/, /Hops: +0/, /Reached: +no/, /ERROR\s+getaddrinfo ENOTFOUND nowhere\.\.invalid/],
    'red agentic, not supported': [/Status: +error/, /Attempts: +0/],
  };
  for (const [name, patterns] of Object.entries(shown)) {
    it(`test-sessions get --result: ${name}`, async () => {
      const [session, result] = await resultNamed(of(), name);
      const { code, stdout, stderr } = await of().run(['test-sessions', 'get', session, '--result', result]);
      assert.equal(code, 0, stdout + stderr);
      assert.doesNotMatch(stdout, /undefined|NaN|\[object/);
      for (const pattern of patterns) assert.match(stdout, pattern);
    });
  }

  it('error groups: in the session, one by one, as a filter of the list; nobody analyses them', async () => {
    const { session, results } = await of().recorded();
    const [id = '', ...others] = results.find((one) => one.name === 'red API, nobody listens')?.errorGroupIds ?? [];
    assert.deepEqual([others, session.errorGroupIds.includes(id)], [[], true]);
    const get = ['test-sessions', 'get', session.testSessionId];
    const overview = await of().run([...get, '--error-groups-limit', '100']);
    for (const group of session.errorGroupIds) assert.ok(overview.stdout.includes(group), group);
    const { code, stdout } = await of().run([...get, '--error-group', id]);
    assert.equal(code, 0, stdout);
    for (const pattern of [/Test session error group/, /connect ECONNREFUSED 127\.0\.0\.1:1/, /Archived: +no/, /Error hash: +[0-9a-f]{64}/, new RegExp(`ID: +${id}`)]) assert.match(stdout, pattern);
    assert.doesNotMatch(stdout, /undefined|\[object/);
    const json = await of().run([...get, '--error-group', id, '--output', 'json']);
    assert.deepEqual(JSON.parse(json.stdout), await of().get(`/v1/test-session-error-groups/${id}`));
    const list = await of().run(['test-sessions', 'list', '--error-group', id, '--output', 'json']);
    assert.deepEqual((JSON.parse(list.stdout) as { data: { id: string }[] }).data.map((entry) => entry.id), [session.testSessionId]);
    const analysis = await of().run(['rca', 'run', '--test-session-error-group', id]);
    assert.equal(analysis.code, 1);
    assert.match(analysis.stdout + analysis.stderr, /none is configured on this server/);
  });

  it('assets list and download', async () => {
    const [session, result] = await resultNamed(of(), 'red API');
    const where = ['--test-session-id', session, '--result-id', result];
    const list = await of().run(['assets', 'list', ...where, '--output', 'json']);
    const { data } = JSON.parse(list.stdout) as { data: { type: string; name: string }[] };
    assert.deepEqual(data.map(({ type, name }) => `${type} ${name}`), ['log logs.json', 'file check-run-data.json']);
    for (const [selector, wanted] of [[['--type', 'log'], ['logs.json']], [['--asset', 'CHECK-*.json'], ['check-run-data.json']], [['--asset', 'logs.json', '--type', 'file'], []]] as const) {
      const narrowed = JSON.parse((await of().run(['assets', 'list', ...where, ...selector, '--output', 'json'])).stdout) as { data: { name: string }[] };
      assert.deepEqual(narrowed.data.map(({ name }) => name), wanted);
    }
    const download = await of().run(['assets', 'download', ...where, '--type', 'all']);
    assert.equal(download.code, 0, download.stdout + download.stderr);
    const folder = join(of().project.folder, 'checkly-assets', `test-session-result-${result}`);
    const log = JSON.parse(readFileSync(join(folder, 'logs.json'), 'utf8')) as Record<string, unknown[]>;
    assert.deepEqual(Object.keys(log).sort(), ['request', 'setup', 'teardown']);
    const detail = JSON.parse(readFileSync(join(folder, 'check-run-data.json'), 'utf8')) as { response: { status: number } };
    assert.equal(detail.response.status, 500);
  });

  it('a session that is not there, or no id at all, is told in a sentence', async () => {
    for (const [id, sentence] of [['00000000-0000-4000-8000-000000000000', /was not found/], ['nonsense', /testSessionId must match format "uuid"/]] as const) {
      const { code, stdout } = await of().run(['test-sessions', 'get', id]);
      assert.equal(code, 1);
      assert.match(stdout, sentence);
    }
  });
}
