/** `npm pack` gives a package that installs into an empty folder and runs there, compiled, without this repository. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findSandbox } from '../src/agent/sandbox/findSandbox.ts';
import { startProgram, temporaryFolder } from './program.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What runs inside the sandbox is compiled too, and finds the packages where they were installed. */
async function runScript(t: TestContext, apiUrl: string, headers: Record<string, string>): Promise<void> {
  const { level, says } = await findSandbox(false);
  if (level === null) return t.diagnostic(`No script was run. ${says}`);
  const call = async <T>(path: string, body?: object): Promise<T> => {
    const answer = await fetch(`${apiUrl}${path}`, body ? { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) } : { headers });
    return await answer.json() as T;
  };
  const target = createServer((request, answer) => answer.end(String(request.headers['x-set']))).listen(0, '127.0.0.1');
  await once(target, 'listening');
  try {
    const { testSessionId, testResultIds } = await call<{ testSessionId: string; testResultIds: Record<string, string> }>('/v1/test-sessions/run', {
      name: 'Packed', runLocation: { type: 'PUBLIC', region: 'eu-central-1' },
      checkRunJobs: [{
        checkType: 'API', name: 'Scripted', logicalId: 'scripted',
        localSetupScript: "import axios, { AxiosResponse } from 'axios';\nenum Step { Set = 7 }\nconst answer: AxiosResponse = await axios.get(request.url);\nrequest.headers['x-set'] = `${Step.Set} ${answer.data}`;",
        request: { method: 'GET', url: `http://127.0.0.1:${(target.address() as AddressInfo).port}/`, assertions: [{ source: 'TEXT_BODY', property: '', comparison: 'EQUALS', target: '7 undefined', regex: null }] },
      }],
    });
    await call(`/v1/test-sessions/${testSessionId}/completion`);
    const result = await call<{ status: string }>(`/v1/test-sessions/${testSessionId}/results/${testResultIds['scripted']}`);
    assert.equal(result.status, 'PASSED', JSON.stringify(result));
  } finally {
    target.close();
  }
}

test('the packed program installs into an empty folder, serves there, runs a script and stops', async (t) => {
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
  await runScript(t, apiUrl, { authorization: `Bearer ${apiKey}`, 'x-checkly-account': accountId });
  program.signal('SIGINT');
  const { code, stderr } = await program.ended;
  assert.equal(code, 0);
  assert.equal(stderr, '');
});
