/** The `assay` program from outside: what it teaches, refuses, prints, and with which code it ends. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { runProgram, startProgram, temporaryFolder, type Ended, type Program } from './program.ts';

const SILENT_STACK = /^\s+at .+[:(]\d+/m;

/** A refusal is a sentence on standard error alone. */
function assertRefused({ code, stdout, stderr }: Ended, expectedCode: number, pattern: RegExp): void {
  assert.equal(code, expectedCode, stderr);
  assert.equal(stdout, '');
  assert.match(stderr, pattern);
  assert.doesNotMatch(stderr, SILENT_STACK);
}

async function startServer(dataDir: string): Promise<{ program: Program; apiUrl: string }> {
  const program = startProgram(['server', '--port', '0', '--data-dir', dataDir]);
  const [, apiUrl = ''] = await program.said(/"apiUrl":"([^"]+)"/);
  return { program, apiUrl };
}

function call(apiUrl: string, key: { accountId: string; apiKey: string }, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${apiUrl}${path}`, { ...init, headers: { authorization: `Bearer ${key.apiKey}`, 'x-checkly-account': key.accountId, ...init.headers } });
}

test('every command explains itself and names the variables it reads', async () => {
  const expected: [string[], RegExp][] = [
    [['--help'], /accounts[\s\S]*doctor[\s\S]*Start here/], [['dev', '--help'], /--once[\s\S]*ASSAY_DATA_DIR[\s\S]*Examples:/],
    [['server', '--help'], /ASSAY_DATABASE_URL[\s\S]*Examples:/], [['agent', '--help'], /ASSAY_LOCATION_KEY[\s\S]*Examples:/],
    [['migrate', '--help'], /Example:/], [['accounts', 'create', '--help'], /--json[\s\S]*ASSAY_SECRET_KEY/],
    [['keys', 'create', '--help'], /"read-only", "read-run",\s+"read-write", "admin"/], [['keys', 'list', '--help'], /--account/], [['doctor', '--help'], /Example:/],
    [['retention', '--help'], /--dry-run[\s\S]*ASSAY_RETENTION_PCAPS[\s\S]*Examples:/],
  ];
  const answers = await Promise.all(expected.map(([args]) => runProgram(args)));
  for (const [i, [args, pattern]] of expected.entries()) {
    assert.equal(answers[i]?.code, 0, args.join(' '));
    assert.match(answers[i]?.stdout ?? '', pattern);
  }
});

test('a wrong command line ends with 2 and a sentence', async () => {
  assertRefused(await runProgram(['sever']), 2, /unknown command 'sever'/);
  assertRefused(await runProgram(['keys', 'create', '--account', 'x', '--role', 'boss']), 2, /'boss' is invalid.*read-only/);
  assertRefused(await runProgram(['accounts', 'create']), 2, /--name <name>' not specified/);
  assertRefused(await runProgram(['dev', '--once']), 2, /--once.*needs --sample/);
});

test('every wrong setting is said at once, and secrets are not repeated', async () => {
  const ended = await runProgram(['server', '--port', '70000'], {
    ASSAY_LOG_LEVEL: 'loud', ASSAY_SECRET_KEY: 'not-a-key', ASSAY_DATABASE_URL: 'mysql://root:hunter2@db/assay', ASSAY_RATE_LIMIT: '-1',
  });
  assertRefused(ended, 2, /^assay: 5 settings are wrong:/);
  assert.match(ended.stderr, /--port is "70000": it must be a whole number from 0 to 65535\./);
  assert.match(ended.stderr, /ASSAY_LOG_LEVEL is "loud": it must be one of fatal, error/);
  assert.match(ended.stderr, /ASSAY_RATE_LIMIT is "-1"/);
  assert.doesNotMatch(ended.stderr, /hunter2|not-a-key/);
  assertRefused(await runProgram(['agent']), 2, /ASSAY_SERVER_URL[\s\S]*ASSAY_LOCATION_KEY/);
});

test('accounts and keys are made, listed and revoked while a server runs on the same store', async () => {
  using folder = temporaryFolder();
  const { program, apiUrl } = await startServer(folder.path);
  await using _server = program;
  const store = ['--data-dir', folder.path];
  const json = async (args: string[]) => {
    const ended = await runProgram([...args, '--json', ...store]);
    assert.equal(ended.code, 0, ended.stderr);
    return JSON.parse(ended.stdout) as unknown;
  };
  const owner = await json(['accounts', 'create', '--name', 'Payments']) as { accountId: string; apiKey: string };
  assert.deepEqual(Object.keys(owner), ['accountId', 'apiKey']);
  assert.equal((await call(apiUrl, owner, '/v1/variables')).status, 200);

  const reader = await json(['keys', 'create', '--account', owner.accountId, '--role', 'read-only']) as typeof owner;
  assert.deepEqual(Object.keys(reader), ['accountId', 'apiKey']);
  const change = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ key: 'A', value: 'b' }) };
  assert.equal((await call(apiUrl, reader, '/v1/variables')).status, 200);
  assert.equal((await call(apiUrl, reader, '/v1/variables', change)).status, 403);

  const ended = await json(['keys', 'create', '--account', owner.accountId, '--role', 'admin', '--name', 'short-lived']) as typeof owner;
  const listed = await json(['keys', 'list', '--account', owner.accountId]) as { id: string; name: string; role: string; masked: string }[];
  assert.deepEqual(listed.map(({ role }) => role), ['OWNER', 'READ_ONLY', 'ADMIN']);
  assert.doesNotMatch(JSON.stringify(listed), new RegExp([owner, reader, ended].map(({ apiKey }) => apiKey).join('|')));
  const last = listed.at(-1);
  assert.equal((await runProgram(['keys', 'revoke', '--key', last?.id ?? '', ...store])).code, 0);
  assert.equal((await call(apiUrl, ended, '/v1/variables')).status, 401);
  assertRefused(await runProgram(['keys', 'revoke', '--key', last?.id ?? '', ...store]), 1, /was not found/);

  const accounts = await json(['accounts', 'list']);
  assert.deepEqual(accounts, [{ id: owner.accountId, name: 'Payments' }]);
  assertRefused(await runProgram(['keys', 'create', '--account', '00000000-0000-4000-8000-000000000000', '--role', 'admin', ...store]), 1, /Account 0{8}.* was not found/);
});

test('a second server on the same folder and a server on a taken port are refused with a sentence', async () => {
  using folder = temporaryFolder();
  using other = temporaryFolder();
  const { program, apiUrl } = await startServer(folder.path);
  await using _server = program;
  const second = await runProgram(['server', '--port', '0', '--data-dir', folder.path], { ASSAY_LOG_LEVEL: 'silent' });
  assertRefused(second, 1, /Another Assay server has the store in .* open/);
  const taken = await runProgram(['server', '--port', new URL(apiUrl).port, '--data-dir', other.path], { ASSAY_LOG_LEVEL: 'silent' });
  assertRefused(taken, 1, /Port \d+ on 127\.0\.0\.1 is taken/);
});

test('a server stops on SIGTERM with 0, and the next one on its folder starts', async () => {
  using folder = temporaryFolder();
  for (let i = 0; i < 2; i++) {
    const { program } = await startServer(folder.path);
    program.signal('SIGTERM');
    const { code, stderr } = await program.ended;
    assert.equal(code, 0);
    assert.equal(stderr, '');
  }
});

test('dev makes an account once, keeps its key to itself, and takes the next port when its own is taken', async () => {
  using folder = temporaryFolder();
  const blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  const { port } = blocker.address() as AddressInfo;
  const file = join(folder.path, 'credentials.json');
  const start = async () => {
    const program = startProgram(['dev', '--port', String(port), '--data-dir', folder.path]);
    await program.said(/goes on serving/);
    return { program, credentials: JSON.parse(readFileSync(file, 'utf8')) as { accountId: string; apiKey: string; apiUrl: string; mqttUrl: string } };
  };
  const first = await start();
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(Object.keys(first.credentials), ['accountId', 'apiKey', 'apiUrl', 'mqttUrl']);
  assert.equal((await call(first.credentials.apiUrl, first.credentials, '/v1/test-sessions')).status, 200);
  first.program.signal('SIGINT');
  const said = await first.program.ended;
  assert.equal(said.code, 0);
  assert.match(said.stdout, new RegExp(`Port ${port} is taken: Assay listens on port \\d+ instead`));
  assert.match(said.stdout, new RegExp(`API key +${first.credentials.apiKey}`));
  assert.match(said.stdout, /export CHECKLY_MQTT_URL=ws:/);
  assert.doesNotMatch(readFileSync(join(folder.path, 'assay.log'), 'utf8'), new RegExp(first.credentials.apiKey));

  const again = await start();
  await using _server = again.program;
  assert.equal(again.credentials.apiKey, first.credentials.apiKey);
  again.program.signal('SIGINT');
  assert.doesNotMatch((await again.program.ended).stdout, /were made for you/);
  blocker.close();
});

test('an agent with a key that the server does not know is turned away with a sentence', async () => {
  using folder = temporaryFolder();
  const { program, apiUrl } = await startServer(folder.path);
  await using _server = program;
  const ended = await runProgram(['agent', '--server-url', apiUrl, '--location-key', 'pl_0000000000'], { ASSAY_LOG_LEVEL: 'silent' });
  assertRefused(ended, 1, /^assay: .+/);
});

test('an agent that still waits for its server stops with 0', async () => {
  // Nothing listens on the port that was free a moment ago.
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  await using agent = startProgram(['agent', '--server-url', `http://127.0.0.1:${port}`, '--location-key', 'pl_0000000000']);
  await agent.said(/"level":(40|50)/);
  agent.signal('SIGINT');
  assert.equal((await agent.ended).code, 0);
});

test('doctor looks without touching, and ends with 1 only when Assay cannot run', async () => {
  using folder = temporaryFolder();
  const fresh = join(folder.path, 'not-there');
  const healthy = await runProgram(['doctor', '--data-dir', fresh, '--port', '0']);
  assert.equal(healthy.code, 0, healthy.stdout);
  assert.match(healthy.stdout, /Node +\d+\.\d+[\s\S]*ICMP[\s\S]*Sandbox[\s\S]*Browser[\s\S]*npm[\s\S]*Assay can run here\./);
  assert.equal(statSync(fresh, { throwIfNoEntry: false }), undefined);

  writeFileSync(join(folder.path, 'file'), '');
  const sick = await runProgram(['doctor', '--data-dir', join(folder.path, 'file', 'data')]);
  assert.equal(sick.code, 1);
  assert.match(sick.stdout, /MISSING +Data folder +The data folder .* cannot be used/);
  const database = await runProgram(['doctor', '--data-dir', fresh], { ASSAY_DATABASE_URL: 'postgres://127.0.0.1:1/none' });
  assert.equal(database.code, 1);
  assert.match(database.stdout, /MISSING +PostgreSQL +The PostgreSQL of ASSAY_DATABASE_URL cannot be used: .*ECONNREFUSED/);
});

test('migrate makes a store that a server then opens', async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, 'data');
  const { code, stdout } = await runProgram(['migrate', '--data-dir', data]);
  assert.equal(code, 0);
  assert.match(stdout, /up to date/);
  assert.ok(statSync(join(data, 'assay.db')).size > 0);
});
