/** `npm start -- --once` after its set-up: the whole product on the example project, through the real CLI. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pingAvailability } from '../src/checks/icmp/runPing.ts';
import { startProgram, temporaryFolder } from './program.ts';

const ping = await pingAvailability();

test('the sample comes out as it should and its links lead to what was recorded', { skip: ping.ok ? false : ping.reason }, async () => {
  using folder = temporaryFolder();
  await using program = startProgram(['dev', '--sample', '--port', '0', '--data-dir', folder.path]);
  await program.said(/goes on serving/);
  const [, headers = '', url = ''] = await program.said(/curl -s (-H .*) (http\S+\/results\/\S+)/);
  const pairs = [...headers.matchAll(/'([^:']+): ([^']+)'/g)].map(([, name = '', value = '']) => [name, value] as [string, string]);
  const answer = await fetch(url, { headers: pairs });
  assert.equal(answer.status, 200);
  const result = await answer.json() as Record<string, unknown>;
  assert.equal(result['resultType'], 'FINAL');
  assert.equal(result['hasFailures'], true);
  const [, link = ''] = await program.said(/The session: +(\S+)/);
  assert.ok(url.includes(link.split('/').at(-1) ?? 'nothing'));
  program.signal('SIGINT');
  const { code, stdout } = await program.ended;
  assert.equal(code, 0);
  assert.match(stdout, /2 failed, 1 degraded, 7 passed, 10 total/);
  assert.match(stdout, /The sample came out as it should/);
});

test('with --once the program ends by itself with 0', { skip: ping.ok ? false : ping.reason }, async () => {
  using folder = temporaryFolder();
  const { code, stdout } = await startProgram(['dev', '--sample', '--once', '--port', '0', '--data-dir', folder.path]).ended;
  assert.equal(code, 0, stdout);
  assert.match(stdout, /export CHECKLY_API_KEY=cu_/);
});
