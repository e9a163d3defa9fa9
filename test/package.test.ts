/** `npm pack` gives a package that installs into an empty folder and runs there, compiled, without this repository. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startProgram, temporaryFolder } from './program.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

test('the packed program installs into an empty folder, serves there and stops', async () => {
  using folder = temporaryFolder();
  const npm = (args: string[]) => execFileSync('npm', [...args, '--loglevel=error', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: args[0] === 'pack' ? ROOT : folder.path, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  npm(['pack', '--pack-destination', folder.path]);
  const [tarball = ''] = readdirSync(folder.path);
  assert.match(tarball, /^assay-.*\.tgz$/);
  writeFileSync(join(folder.path, 'package.json'), '{}');
  npm(['install', `./${tarball}`]);
  const installed = join(folder.path, 'node_modules', 'assay');
  assert.deepEqual(readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' }).filter((name) => /\.ts$|\.test\./.test(name)), []);

  await using program = startProgram(['dev', '--no-sample', '--port', '0'], { cwd: folder.path, command: [process.execPath, join(folder.path, 'node_modules', '.bin', 'assay')] });
  const [, apiUrl = ''] = await program.said(/goes on serving at (http\S+)\. /);
  const { accountId, apiKey } = JSON.parse(readFileSync(join(folder.path, '.assay', 'credentials.json'), 'utf8')) as { accountId: string; apiKey: string };
  assert.equal((await fetch(`${apiUrl}/healthz`)).status, 200);
  const account = await fetch(`${apiUrl}/next/accounts/${accountId}`, { headers: { authorization: `Bearer ${apiKey}`, 'x-checkly-account': accountId } });
  assert.equal(account.status, 200);
  assert.equal((await account.json() as { id: string }).id, accountId);
  program.signal('SIGINT');
  const { code, stderr } = await program.ended;
  assert.equal(code, 0);
  assert.equal(stderr, '');
});
