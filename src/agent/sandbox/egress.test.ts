/** What leaves a sandbox that has a network of its own: what its rules allow, by every way that programs have, and nothing else. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { after, before, test } from 'node:test';
import { createEgress, type OwnedPolicy } from '../../checks/kit/egress.ts';
import { trueReasons, type EgressFailure } from '../../checks/kit/trueReasons.ts';
import type { Ending } from './contain.ts';
import { findSandbox } from './findSandbox.ts';
import { openSandbox, type SandboxLimits } from './sandbox.ts';

const MB = 1024 * 1024;
const LIMITS: SandboxLimits = { processes: 128, memoryBytes: 1024 * MB, fileBytes: 16 * MB, folderBytes: 64 * MB, openFiles: 1024, cpuSeconds: 20, ms: 12_000 };
const CHROMIUM = '/usr/lib/chromium/chromium-headless-shell';
const facts = await findSandbox(false);
const skip = facts.level === 'strict' ? false : `not strict: ${facts.says}`;
const sandbox = facts.level === null ? null : await openSandbox(facts);

let web: Server;
let own: Server;
let abstract: Server;
let closed = 0;
const ports = { web: 0, own: 0 };
const portOf = (server: Server) => (server.address() as AddressInfo).port;
const NAME = `\0assay-test-${process.pid}`;

before(async () => {
  web = createHttp((request, response) => {
    if (request.url === '/metadata') return void response.writeHead(302, { location: 'http://169.254.169.254/latest/' }).end();
    response.end(`hello ${request.url}`);
  }).listen(0, '127.0.0.1');
  own = createHttp((_request, response) => void response.end('the server\'s own')).listen(0, '127.0.0.1');
  abstract = createServer((socket) => void socket.end('secret')).listen(NAME);
  const gone = createServer().listen(0, '127.0.0.1');
  await Promise.all([web, own, abstract, gone].map((server) => server.listening || once(server, 'listening')));
  ports.web = portOf(web);
  ports.own = portOf(own);
  closed = portOf(gone);
  gone.close();
});
after(() => {
  for (const server of [web, own]) (server as ReturnType<typeof createHttp>).closeAllConnections();
  for (const server of [web, own, abstract]) server.close();
});

interface Attempt { ending: Ending; reports: unknown[]; denied: string[]; failures: readonly EgressFailure[] }

/** Runs a program with `say(value)`, `tried(promise)` (its error's code, else the value) and `sh(line)` at hand. */
async function run(program: string, policy: Partial<OwnedPolicy> = {}, more: { mounts?: string[]; limits?: Partial<SandboxLimits> } = {}): Promise<Attempt> {
  assert.ok(sandbox);
  const reports: unknown[] = [];
  const denied: string[] = [];
  const prelude = `const fs = require('fs'), net = require('net'), http = require('http'), dns = require('dns'); const { execFileSync, spawnSync } = require('child_process');
    const say = (value) => fs.writeSync(3, JSON.stringify(value ?? null) + '\\n');
    const tried = async (work) => { try { return await work; } catch (error) { return error.cause?.code ?? error.code ?? error.message; } };
    const connect = (...to) => new Promise((resolve, reject) => { const s = net.connect(...to, () => { resolve('connected'); s.destroy(); }); s.on('error', reject); });
    const sh = (line) => { const { status, stdout } = spawnSync('bash', ['-c', line], { encoding: 'utf8' }); return status + ' ' + stdout.trim(); };
    const ports = ${JSON.stringify({ ...ports, closed })};\n(async () => {`;
  const sandboxed = await sandbox.start({
    command: () => [process.execPath, '-e', `${prelude}${program}})();`], mounts: [process.execPath, ...more.mounts ?? []], env: {}, limits: { ...LIMITS, ...more.limits },
  });
  try {
    const egress = {
      policy: createEgress({ policies: [{ allow: [], deny: [], loopback: true, of: 'location', ...policy }], own: [{ host: '127.0.0.1', port: ports.own }], local: [] }),
      onDenied: (sentence: string) => { denied.push(sentence); },
    };
    const ending = await sandboxed.begin({ signal: new AbortController().signal, onReport: (line) => { reports.push(JSON.parse(line)); }, egress });
    if (process.env['ASSAY_TEST_DEBUG']) console.log(ending, reports, denied);
    return { ending, reports, denied, failures: [...sandboxed.egress?.failures ?? []] };
  } finally {
    await sandboxed.close();
  }
}
const ended = { why: 'exit', code: 0, signal: null, said: '' };

test('programs in Node reach what they may, with ordinary sockets and the target\'s own errors', { skip }, async () => {
  const { ending, reports, denied } = await run(`
    const url = 'http://localhost:' + ports.web;
    say(await (await fetch(url + '/fetch')).text());
    say(await new Promise((resolve) => http.get(url + '/get', (answer) => { const { remoteAddress, remotePort } = answer.socket; let text = ''; answer.on('data', (more) => text += more).on('end', () => resolve([text, remoteAddress, remotePort === ports.web])); })));
    say(await tried(connect(ports.web)));
    say(await tried(connect({ port: ports.closed, host: '127.0.0.1' })));
    say(await new Promise((resolve) => net.connect(ports.closed, '127.0.0.1').on('error', ({ code, syscall, address, port }) => resolve([code, syscall, address, port === ports.closed]))));
    say(await tried(connect({ port: 80, host: 'x'.repeat(64) + '.test' })));
    say(await new Promise((resolve) => dns.lookup('x'.repeat(64) + '.test', ({ code, syscall, hostname }) => resolve([code, syscall, hostname.length]))));
    say([await dns.promises.lookup('127.0.0.1'), (await dns.promises.lookup('localhost')).address]);
    say(await tried(Promise.resolve().then(() => connect({ port: 99999, host: 'a' }))));
    const lookup = (host, options, callback) => callback(null, '127.0.0.1', 4);
    say(await tried(connect({ port: ports.web, host: 'anything.test', lookup })));
    process.exit();`);
  assert.deepEqual(ending, ended);
  assert.deepEqual(reports, [
    'hello /fetch', ['hello /get', '127.0.0.1', true], 'connected', 'ECONNREFUSED', ['ECONNREFUSED', 'connect', '127.0.0.1', true], 'ENOTFOUND', ['ENOTFOUND', 'getaddrinfo', 69],
    [{ address: '127.0.0.1', family: 4 }, '127.0.0.1'], 'ERR_SOCKET_BAD_PORT', 'connected',
  ]);
  assert.deepEqual(denied, []);
});

test('servers of its own are reached in the sandbox, also over TLS', { skip }, async () => {
  const { ending, reports } = await run(`
    const server = http.createServer((request, response) => response.end('inside ' + request.headers.host)).listen(0, '127.0.0.1', async () => {
      say(await (await fetch('http://localhost:' + server.address().port)).text() === 'inside localhost:' + server.address().port);
      const curl = require('child_process').exec('curl -s http://127.0.0.1:' + server.address().port + ' | head -c 6');
      say(await new Promise((resolve) => { let text = ''; curl.stdout.on('data', (more) => text += more); curl.on('close', () => resolve(text)); }));
      const shown = spawnSync('openssl', ['version']).status === 0 && spawnSync('openssl', 'req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 1 -subj /CN=localhost'.split(' ')).status === 0;
      if (!shown) { say('over TLS'); process.exit(); }
      const secure = require('https').createServer({ key: fs.readFileSync('key.pem'), cert: fs.readFileSync('cert.pem') }, (request, response) => response.end('over TLS')).listen(0, () => {
        require('https').get({ port: secure.address().port, host: 'localhost', rejectUnauthorized: false }, (answer) => answer.on('data', (text) => { say(String(text)); process.exit(); }));
      });
    });`, { loopback: false });
  assert.deepEqual(ending, ended);
  assert.equal(reports[0], true);
  assert.match(String(reports[1]), /^(inside)?$/, 'curl, where there is one');
  assert.equal(reports[2], 'over TLS');
});

test('without the hook there is no network at all', { skip }, async () => {
  const { reports, failures } = await run(`
    delete process.env.NODE_OPTIONS;
    const inner = 'const net = require("net"); const out = []; const to = ' + JSON.stringify([['127.0.0.1', ports.web], ['127.0.0.1', ports.own], ['::1', ports.web], ['169.254.169.254', 80], ['192.0.2.1', 80]])
      + '; for (const [host, port] of to) net.connect(port, host).on("connect", () => done("connected")).on("error", (error) => done(error.code)); function done(code) { out.push(code); if (out.length === to.length) console.log(JSON.stringify(out)); }';
    say(JSON.parse(execFileSync(process.execPath, ['-e', inner], { encoding: 'utf8' })));
    say(sh('exec 5<>/dev/tcp/127.0.0.1/' + ports.web + ' && echo through'));
    say(sh('curl -s --noproxy "*" -m 2 http://127.0.0.1:' + ports.web));
    say(await tried(connect({ path: ${JSON.stringify(NAME)} })));
    say(['/run/dbus/system_bus_socket', '/var/run/docker.sock', '/run/user'].map((path) => fs.existsSync(path)));
    const udp = require('dgram').createSocket('udp4'); udp.send('x', 53, '127.0.0.53', (error) => { say(error ? 'refused' : 'sent'); process.exit(); });`);
  const [codes, bash, curl, named, paths] = reports as [string[], string, string, string, boolean[]];
  assert.ok(codes.length === 5 && codes.every((code) => ['ECONNREFUSED', 'ENETUNREACH', 'EADDRNOTAVAIL'].includes(code)), JSON.stringify(codes));
  assert.equal(bash, '1 ');
  assert.doesNotMatch(curl, /^0|hello/);
  assert.equal(named, 'ECONNREFUSED');
  assert.deepEqual(paths, [false, false, false]);
  assert.deepEqual(failures, []);
});

test('what the rules deny is denied in every spelling, with the reason, once told', { skip }, async () => {
  const { ending, reports, denied, failures } = await run(`
    for (const host of ['127.0.0.1', 'localhost', '2130706433', '0x7f000001', '0177.0.0.1', '127.1', '::ffff:127.0.0.1', '0.0.0.0', '::1']) say(await tried(connect(ports.own, host)));
    for (const host of ['169.254.169.254', '0xa9fea9fe', '::ffff:169.254.169.254', '64:ff9b::a9fe:a9fe', 'metadata.google.internal', 'fe80::1']) say(await tried(connect(80, host)));
    say(await tried(fetch('http://localhost:' + ports.web + '/metadata')));
    say(await tried(dns.promises.lookup('metadata.google.internal')));
    say(await new Promise((resolve) => net.connect(80, '169.254.169.254').on('error', (error) => resolve(error.message))));
    process.exit();`);
  assert.deepEqual(ending, ended);
  const message = reports.pop();
  assert.deepEqual(reports, Array(reports.length).fill('EACCES'));
  assert.equal(reports.length, 17);
  assert.match(String(message), /^Connection to 169\.254\.169\.254:80 denied: link-local addresses are never reached from checks/);
  assert.equal(denied.filter((sentence) => sentence.startsWith('Connection to 169.254.169.254:80 denied')).length, 1);
  assert.ok(denied.some((sentence) => sentence.includes(`localhost:${ports.own} (127.0.0.1) denied: this is a port of Assay itself`)));
  assert.ok(failures.some(({ host, port, code }) => host === '169.254.169.254' && port === 80 && code === 'EACCES'));
});

test('by hand at the relay: SOCKS, proxy, nonsense; the relay goes on', { skip }, async () => {
  const { ending, reports } = await run(`
    const talk = (...parts) => new Promise((resolve) => { const s = net.connect(61080, '127.0.0.1'); let got = Buffer.alloc(0); s.on('data', (more) => { got = Buffer.concat([got, more]); }).on('close', () => resolve(got)).on('error', () => {}); for (const part of parts) s.write(part); setTimeout(() => s.destroy(), 700); });
    const ip = (a, port) => Buffer.from([5, 1, 0, 1, ...a, port >> 8, port & 255]);
    const hello = Buffer.from([5, 1, 0]);
    say([...await talk(hello, ip([169, 254, 169, 254], 80))][3]);
    say([...await talk(hello, ip([127, 0, 0, 1], ports.own))][3]);
    say([...await talk(hello, ip([127, 0, 0, 1], ports.closed))][3]);
    const mapped = Buffer.from([5, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 169, 254, 169, 254, 0, 80]);
    say([...await talk(hello, mapped)][3]);
    say(String(await talk(hello, ip([127, 0, 0, 1], ports.web), 'GET /socks HTTP/1.0\\r\\n\\r\\n')).includes('hello /socks'));
    say(String(await talk('GET http://127.0.0.1:' + ports.web + '/proxy HTTP/1.1\\r\\nHost: x\\r\\nProxy-Connection: keep-alive\\r\\n\\r\\n')).includes('hello /proxy'));
    say(String(await talk('CONNECT 169.254.169.254:80 HTTP/1.1\\r\\n\\r\\n')).includes('403 Forbidden'));
    say(String(await talk('CONNECT 127.0.0.1:' + ports.web + ' HTTP/1.1\\r\\n\\r\\n', 'GET /tunnel HTTP/1.0\\r\\n\\r\\n')).includes('hello /tunnel'));
    for (const nonsense of ['{"connect":7}\\n', '{{{{\\n', 'x'.repeat(100000), Buffer.from([5]), Buffer.from([5, 255]), '\\0\\0']) await talk(nonsense);
    say(await (await fetch('http://127.0.0.1:' + ports.web + '/after')).text());
    process.exit();`);
  assert.deepEqual(ending, ended);
  assert.deepEqual(reports, [2, 2, 5, 2, true, true, true, true, 'hello /after']);
});

test('by hand at the agent\'s socket: raw questions are judged, nonsense and floods harm nobody, other jobs\' sockets are not there', { skip }, async () => {
  const { reports } = await run(`
    const folder = process.cwd() + '.net'; const path = folder + '/agent.sock';
    const talk = (text) => new Promise((resolve) => { const s = net.connect({ path }); let got = ''; s.on('data', (more) => { got += more; }).on('close', () => resolve(got)).on('error', () => resolve('')); s.end(text); });
    say(fs.readdirSync('/tmp').filter((name) => name.startsWith('assay-')).length);
    say(await talk('{"connect":{"host":"169.254.169.254","port":80}}\\n'));
    say(await talk('{"connect":{"host":"127.0.0.1","port":' + ports.own + '}}\\n'));
    for (const text of ['', '\\n', 'null\\n', '7\\n', '{"connect":null}\\n', '{"connect":{"host":"a\\\\u0000b","port":80}}\\n', '{"connect":{"host":"127.0.0.1","port":"80"}}\\n', '{"connect":{"host":"/tmp/x","port":1}}\\n', '{"connect":{"host":"127.0.0.1","port":1e99}}\\n', 'x'.repeat(1e6), '{"lookup":{"host":{}}}\\n']) say(await talk(text) === '' ? 'closed' : 'answered');
    const flood = []; for (let i = 0; i < 400; i++) { const s = net.connect({ path }); s.on('error', () => {}); flood.push(s); }
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const s of flood) s.destroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    say(await (await fetch('http://127.0.0.1:' + ports.web + '/after')).text());
    try { fs.unlinkSync(path); } catch (error) { say(error.code); }
    try { fs.writeFileSync(folder + '/hook.cjs', ''); } catch (error) { say(error.code); }
    process.exit();`);
  const [folders, metadata, assay, ...rest] = reports as [number, string, string, ...string[]];
  assert.equal(folders, 2, 'its own folder and the socket\'s');
  assert.match(metadata, /"code":"EACCES","message":"Connection to 169\.254\.169\.254:80 denied/);
  assert.match(assay, /port of Assay itself/);
  assert.deepEqual(rest, [...Array<string>(11).fill('closed'), 'hello /after', ...rest.slice(12)]);
  assert.ok(rest.length === 14 && rest.slice(12).every((code) => ['EROFS', 'EACCES', 'EPERM'].includes(code)), JSON.stringify(rest.slice(12)));
});

test('before there is a job nothing is reached', { skip }, async () => {
  assert.ok(sandbox);
  const reports: string[] = [];
  const ending = await sandbox.run({
    command: () => [process.execPath, '-e', `require('net').connect(${ports.web}, '127.0.0.1').on('error', (error) => require('fs').writeSync(3, error.code + '\\n'))`],
    mounts: [process.execPath], env: {}, limits: LIMITS, input: '', signal: new AbortController().signal, onReport: (line) => { reports.push(line); },
  });
  assert.deepEqual([ending, reports], [ended, ['EACCES']]);
});

test('exit codes and signals are those of the command', { skip }, async () => {
  const coded = await run('process.exit(3);');
  assert.deepEqual(coded.ending, { ...ended, code: 3 });
});

test('a browser goes the same way, and its words are put right', { skip: skip || (existsSync(CHROMIUM) ? false : 'no Chromium here') }, async () => {
  const { reports, failures } = await run(`
    const browse = (url) => { const { stdout } = spawnSync('${CHROMIUM}', [...process.env.ASSAY_BROWSER_FLAGS.split(' '), '--no-sandbox', '--disable-gpu', '--virtual-time-budget=2000', '--dump-dom', url], { encoding: 'utf8', timeout: 15000 }); return stdout; };
    say(browse('http://127.0.0.1:' + ports.web + '/browser').includes('hello /browser'));
    say(/ERR_[A-Z_]+/.exec(browse('http://127.0.0.1:' + ports.own + '/'))?.[0]);
    process.exit();`, {}, { limits: { memoryBytes: 4096 * MB, processes: 400 } });
  assert.equal(reports[0], true);
  assert.ok(failures.some(({ port, code }) => port === ports.own && code === 'EACCES'), JSON.stringify(failures));
  assert.equal(trueReasons(failures)(`net::ERR_SOCKS_CONNECTION_FAILED at http://127.0.0.1:${ports.own}/`), `net::ERR_BLOCKED_BY_ADMINISTRATOR at http://127.0.0.1:${ports.own}/`);
});
