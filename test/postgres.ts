/**
 * A private PostgreSQL for tests: found on the machine, or installed where root may do so; durable as in production
 * (fsync stays on), gone with the process that started it, however that ends.
 * ASSAY_TEST_POSTGRES_URL hands several test files one server (`node --test --test-global-setup=test/sharedPostgres.ts` sets it); its databases then stay.
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';

export interface Postgres extends AsyncDisposable {
  /** Superuser's URL of the database `postgres`. */
  url: string;
}

const DEBIAN = '/usr/lib/postgresql';
const SETTINGS = { listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: '300', shared_buffers: '64MB', lc_messages: 'C' };
/** Ends the server and removes its files as soon as its standard input closes: also when its starter was killed with -9. */
const KEEPER = 'program=$1; folder=$2; shift 2; "$program" "$@" & cat > /dev/null; kill -QUIT $!; wait $!; rm -rf "$folder"';

/** Starts an empty server; answers when it takes connections. Throws with the server's own words when it will not start. */
export async function startPostgres(): Promise<Postgres> {
  const programs = findPrograms() ?? installPrograms();
  const folder = mkdtempSync(join(tmpdir(), 'assay-postgres-'));
  const identity = process.getuid?.() === 0 ? unprivileged() : undefined;
  if (identity) chownSync(folder, identity.uid, identity.gid);
  chmodSync(folder, 0o700);
  const data = join(folder, 'data');
  execFileSync(join(programs, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
    { ...identity, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const port = await freePort();
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn('/bin/sh', ['-c', KEEPER, 'sh', join(programs, 'postgres'), folder, '-D', data, '-p', String(port), ...settings],
    { ...identity, cwd: folder, stdio: ['pipe', 'ignore', 'pipe'], detached: true });
  await ready(server);
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async [Symbol.asyncDispose]() {
      server.ref();
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.stdin?.end();
      await ended;
    },
  };
}

function findPrograms(): string | undefined {
  const debian = existsSync(DEBIAN)
    ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)).map((version) => join(DEBIAN, version, 'bin')) : [];
  return [...(process.env['PATH'] ?? '').split(delimiter), ...debian]
    .find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

function installPrograms(): string {
  if (process.getuid?.() !== 0) throw new Error('The tests need PostgreSQL: install it (initdb and postgres in PATH), or set ASSAY_TEST_POSTGRES_URL.');
  process.stderr.write('PostgreSQL is not here: installing it with apt-get …\n');
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'postgresql']]) {
    execFileSync('apt-get', ['-qq', ...args], { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  const programs = findPrograms();
  if (!programs) throw new Error('apt-get installed PostgreSQL, but initdb is not in PATH and not under /usr/lib/postgresql.');
  return programs;
}

/** PostgreSQL refuses to run as root. */
function unprivileged(): { uid: number; gid: number } {
  const number = (flag: string, user: string) => Number(spawnSync('id', [flag, user], { encoding: 'utf8' }).stdout || 'x');
  const user = ['postgres', 'nobody'].find((name) => number('-u', name) > 0);
  if (!user) throw new Error('PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody.');
  return { uid: number('-u', user), gid: number('-g', user) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function ready(server: ChildProcess): Promise<void> {
  const lines = createInterface({ input: server.stderr! });
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      said.push(line);
      if (line.includes('ready to accept connections')) resolve();
      if (line.includes('FATAL')) reject(new Error(`PostgreSQL did not start:\n${said.join('\n')}`));
    });
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`PostgreSQL did not start:\n${said.join('\n')}`)));
  });
  lines.close();
  // What it says later is thrown away, or a full pipe would hold it up; and it keeps nobody waiting for its end.
  server.stderr!.resume();
  for (const handle of [server, server.stdin!, server.stderr!]) (handle as unknown as { unref(): void }).unref();
}

let shared: Promise<{ url: string }> | undefined;

/** A new empty database on this process's server (or on ASSAY_TEST_POSTGRES_URL's). @returns its URL. */
export async function freshDatabase(): Promise<string> {
  const given = process.env['ASSAY_TEST_POSTGRES_URL'];
  shared ??= given ? Promise.resolve({ url: given }) : startPostgres();
  const url = new URL((await shared).url);
  const name = `assay_test_${randomUUID().replaceAll('-', '')}`;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  url.pathname = `/${name}`;
  return url.href;
}
