/** The commands around runs: who, where, with what; and a key that opens nothing. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { CliRun } from './runCli.ts';
import type { Suite } from './suite.ts';

const succeeded = ({ code, stdout, stderr }: CliRun): string => {
  assert.equal(code, 0, stdout + stderr);
  return stdout;
};

export function testAccount(of: () => Suite): void {
  it('whoami, account plan, members', async () => {
    const { stage, run } = of();
    assert.match(succeeded(await run(['whoami'])), new RegExp(`on account "Stage" \\(${stage.accountId}\\) as Owner\\.`));
    assert.match(succeeded(await run(['account', 'plan'])), /Plan: Self-hosted[^]*Locations: 22 of 22 available[^]* 0 not included in your plan/);
    assert.match(succeeded(await run(['members'])), /^member .* Owner +OWNER +ACTIVE /m);
  });

  it('validate and runtimes', async () => {
    assert.match(succeeded(await of().run(['validate'])), /Your project is valid\./);
    const runtimes = JSON.parse(succeeded(await of().run(['runtimes']))) as { name: string; stage: string }[];
    assert.equal(runtimes.filter(({ stage }) => stage === 'CURRENT').length, 1);
  });

  it('api: any path, with its status', async () => {
    const { code, stdout } = await of().run(['api', '/v1/accounts/me']);
    assert.equal(code, 0);
    assert.equal((JSON.parse(stdout) as { id: string }).id, of().stage.accountId);
    const missing = await of().run(['api', '/v1/nowhere']);
    assert.equal(missing.code, 1);
    assert.equal((JSON.parse(missing.stdout) as { statusCode: number }).statusCode, 404);
  });

  it('env add, update, ls, rm', async () => {
    const { run, stage } = of();
    // More than a page: the CLI asks once and takes what it gets for all there is.
    for (let i = 0; i < 11; i++) assert.equal((await stage.call('POST', '/v1/variables', { key: `PAGE_${i}`, value: 'x' })).status, 201);
    succeeded(await run(['env', 'add', 'ZEST', 'lemon']));
    const again = await run(['env', 'add', 'ZEST', 'lime']);
    assert.deepEqual([again.code, /already exists/.test(again.stdout)], [1, true]);
    succeeded(await run(['env', 'update', 'ZEST', 'orange']));
    const list = succeeded(await run(['env', 'ls']));
    assert.match(list, /^ZEST=orange$/m);
    assert.equal(list.match(/^PAGE_/gm)?.length, 11);
    succeeded(await run(['env', 'rm', 'ZEST', '--force']));
    assert.equal((await stage.call('GET', '/v1/variables/ZEST')).status, 404);
  });

  it('a wrong key, and an account of somebody else, end in a sentence', async () => {
    const wrong = await of().run(['test', 'group'], { CHECKLY_API_KEY: 'cu_00000000000000000000000000001234' });
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /Authentication failed with account id\s+"[^"]+" and API key "\.\.\.1234"/);
    const foreign = await of().run(['whoami'], { CHECKLY_ACCOUNT_ID: '00000000-0000-4000-8000-000000000000' });
    assert.equal(foreign.code, 1);
    assert.match(foreign.stderr, /This key has no access to account/);
    for (const { stderr } of [wrong, foreign]) assert.doesNotMatch(stderr, /^\s+at /m, 'no stack trace');
  });
}
