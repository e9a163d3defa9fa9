/** `npm start -- --once` after its set-up: the whole product on the example project, through the real CLI. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { pingAvailability } from '../src/checks/icmp/runPing.ts';
import { startProgram, temporaryFolder } from './program.ts';
import { hasOriginals, startRegistry } from './registry.ts';

/** The example's suite installs its Playwright: from loopback where the very tarballs of its lock file are at hand, else as on a machine of its user. */
const registry = hasOriginals('@playwright/test', 'playwright', 'playwright-core') ? await startRegistry() : null;
const env: Record<string, string> = { ASSAY_WARM_SLOTS: '0', ...(registry ? { npm_config_registry: registry.url } : {}) };
after(() => registry?.[Symbol.asyncDispose]());

const ping = await pingAvailability();

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());

let said = '';

test('the sample comes out as it should, and with --once the program ends by itself with 0', { skip: ping.ok ? false : ping.reason }, async () => {
  const { code, stdout } = await startProgram(['dev', '--sample', '--once', '--port', '0', '--data-dir', folder.path], { env }).ended;
  assert.equal(code, 0, stdout);
  assert.match(stdout, /3 failed, 1 degraded, 10 passed, 14 total/);
  assert.match(stdout, /The sample came out as it should/);
  assert.match(stdout, /export CHECKLY_API_KEY=cu_/);
  if (registry) assert.ok(registry.fetched.includes('playwright-core@1.65.1'), 'the suite has installed its own Playwright');
  said = stdout;
});

test('what the sample has recorded is there at the next start, by the links that were printed', { skip: ping.ok ? false : ping.reason }, async () => {
  await using program = startProgram(['dev', '--no-open', '--port', '0', '--data-dir', folder.path], { env });
  const [, origin = ''] = await program.said(/goes on serving at (http\S+)\. /);
  const here = (link: string) => link.replace(/^http:\/\/[^/]+/, origin);
  const printed = (pattern: RegExp) => pattern.exec(said)?.slice(1) ?? assert.fail(`${pattern} was not printed: ${said}`);
  const [headers = '', url = ''] = printed(/curl -s (-H .*) (http\S+\/results\/\S+)/);
  const pairs = [...headers.matchAll(/'([^:']+): ([^']+)'/g)].map(([, name = '', value = '']) => [name, value] as [string, string]);
  const answer = await fetch(here(url), { headers: pairs });
  assert.equal(answer.status, 200);
  const result = await answer.json() as Record<string, unknown>;
  assert.deepEqual([result['resultType'], result['hasFailures']], ['FINAL', true]);
  const [trace = ''] = printed(/trace +(http\S+\/trace-viewer\/\S+)/);
  assert.equal((await fetch(here(trace))).status, 200);
  assert.equal((await fetch(here(new URL(trace).searchParams.get('trace') ?? ''), { headers: { range: 'bytes=0-1' } })).status, 206);
  const [link = ''] = printed(/The session: +(\S+)/);
  assert.ok(url.includes(link.split('/').at(-1) ?? 'nothing'));
  program.signal('SIGINT');
  assert.equal((await program.ended).code, 0);
});
