import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import packet from 'dns-packet';
import { createEgress, type OwnedPolicy } from '../../checks/kit/egress.ts';
import { openEgressServer, type EgressServer } from './openEgressServer.ts';
import type { lookUpAll } from './lookUpAll.ts';

interface Stand { path: string; egress: EgressServer; denied: string[] }

async function stand(t: TestContext, policy: Partial<OwnedPolicy> = {}, lookUp?: typeof lookUpAll): Promise<Stand> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-egress-'));
  const path = join(folder, 'agent.sock');
  const egress = await openEgressServer(path, null, lookUp);
  const denied: string[] = [];
  egress.admit({ policy: createEgress({ policies: [{ allow: [], deny: [], loopback: true, of: 'location', ...policy }], own: [], local: [] }), onDenied: (sentence) => { denied.push(sentence); } });
  t.after(async () => {
    await egress.close();
    rmSync(folder, { recursive: true });
  });
  return { path, egress, denied };
}

async function echo(t: TestContext, host = '127.0.0.1'): Promise<{ port: number; server: Server; open: Set<Socket> }> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {}).on('close', () => open.delete(socket)).pipe(socket);
  }).listen(0, host);
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return { port: (server.address() as AddressInfo).port, server, open };
}

/** What comes back for what is written, to the end. */
function said(path: string, text: string, more = ''): Promise<string> {
  return new Promise((resolve) => {
    let got = '';
    const socket = connect(path).setEncoding('utf8').on('data', (part: string) => { got += part; }).on('close', () => resolve(got)).on('error', () => {});
    socket.write(text);
    socket.end(more);
  });
}
const ask = (question: object) => `${JSON.stringify(question)}\n`;

/** A name server of one's own, which answers each question with the next address. */
async function nameServer(t: TestContext, addresses: string[]): Promise<{ lookUp: typeof lookUpAll; asked: () => number }> {
  let asked = 0;
  const server = createSocket('udp4');
  server.on('message', (bytes, { port, address }) => {
    const query = packet.decode(bytes);
    const name = query.questions?.[0]?.name ?? '';
    server.send(packet.encode({ type: 'response', id: query.id ?? 0, questions: query.questions ?? [], answers: [{ type: 'A', name, ttl: 0, data: addresses[Math.min(asked, addresses.length - 1)] ?? '' }] }), port, address);
    asked += 1;
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const resolver = new Resolver();
  resolver.setServers([`127.0.0.1:${server.address().port}`]);
  return { asked: () => asked, lookUp: async (host) => ({ addresses: (await resolver.resolve4(host)).map((address) => ({ address, family: 4 as const })) }) };
}

test('a connection: bytes both ways, each end closed by itself; the socket is for its user alone', async (t) => {
  const { path } = await stand(t);
  const { port } = await echo(t);
  const [line, ...rest] = (await said(path, `${ask({ connect: { host: 'localhost', port } })}at once, `, 'and later')).split('\n');
  assert.deepEqual(JSON.parse(line ?? ''), { ok: { address: '127.0.0.1', port } });
  assert.equal(rest.join('\n'), 'at once, and later');
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('a name that changes its address: asked once a connection, and what it says then is judged', async (t) => {
  const { port } = await echo(t);
  const { lookUp, asked } = await nameServer(t, ['127.0.0.1', '169.254.169.254', '127.0.0.1', '10.0.0.1']);
  const { path, egress, denied } = await stand(t, { deny: ['10.0.0.0/8'] }, lookUp);
  const question = ask({ connect: { host: 'rebind.test', port } });
  assert.match(await said(path, question, 'hello'), /^\{"ok":.*\}\nhello$/);
  assert.match(await said(path, question), /"code":"EACCES".*rebind\.test:\d+ \(169\.254\.169\.254\) denied: link-local/);
  assert.match(await said(path, question, 'again'), /again$/);
  assert.match(await said(path, question), /10\.0\.0\.0\/8 is on the deny list/);
  assert.equal(asked(), 4);
  assert.deepEqual(egress.failures.map(({ code }) => code), ['EACCES', 'EACCES']);
  assert.equal(denied.length, 2);
  const inner = await stand(t, { loopback: false }, (await nameServer(t, ['127.0.0.1'])).lookUp);
  assert.match(await said(inner.path, question), /own machine is not reached/);
});

test('an address that was handed out for an allowed name keeps it; others are not allowed by it', async (t) => {
  const { port } = await echo(t);
  const { path } = await stand(t, { allow: ['shop.test'] }, (await nameServer(t, ['127.0.0.1'])).lookUp);
  assert.match(await said(path, ask({ connect: { host: '127.0.0.1', port } })), /not on the allow list/);
  assert.equal(await said(path, ask({ lookup: { host: 'shop.test', family: 4 } })), '{"ok":{"addresses":[{"address":"127.0.0.1","family":4}]}}\n');
  assert.match(await said(path, ask({ connect: { host: '127.0.0.1', port } }), 'hello'), /hello$/);
  assert.match(await said(path, ask({ lookup: { host: 'other.test' } })), /not on the allow list/);
  assert.match(await said(path, ask({ connect: { host: '127.0.0.2', port } })), /not on the allow list/);
});

test('of several addresses only those that may be reached are tried', async (t) => {
  const { port } = await echo(t);
  const both = async () => ({ addresses: [{ address: '169.254.169.254', family: 4 as const }, { address: '127.0.0.1', family: 4 as const }] });
  const { path } = await stand(t, {}, both);
  assert.match(await said(path, ask({ connect: { host: 'two.test', port } })), /"address":"127\.0\.0\.1"/);
});

test('a slow name of one job holds two lookups at most, and the others come in turn', async (t) => {
  let under = 0;
  let most = 0;
  const gate = Promise.withResolvers<void>();
  const slow: typeof lookUpAll = async () => {
    most = Math.max(most, under += 1);
    await gate.promise;
    under -= 1;
    return { addresses: [{ address: '127.0.0.1', family: 4 }] };
  };
  const { path } = await stand(t, {}, slow);
  const all = Array.from({ length: 8 }, (_, index) => said(path, ask({ lookup: { host: `n${index}.test` } })));
  await said(path, ask({ lookup: { host: '127.0.0.1' } }));
  gate.resolve();
  assert.ok((await Promise.all(all)).every((line) => line.startsWith('{"ok"')));
  assert.equal(most, 2);
});

test('who asks and goes leaves no connection behind; closing ends all of them', async (t) => {
  const { path, egress } = await stand(t);
  const { port, server, open } = await echo(t);
  const arrived = once(server, 'connection');
  const client = connect(path).on('error', () => {});
  client.write(ask({ connect: { host: '127.0.0.1', port } }));
  const [peer] = await arrived as [Socket];
  client.destroy();
  await once(peer, 'close');
  const again = once(server, 'connection');
  const held = connect(path).on('error', () => {});
  held.write(ask({ connect: { host: '127.0.0.1', port } }));
  const [other] = await again as [Socket];
  await Promise.all([once(other, 'close'), once(held, 'close'), egress.close()]);
  assert.equal(open.size, 0);
});

test('more connections than a job may have are refused, and room comes back', async (t) => {
  const { path } = await stand(t);
  const { port } = await echo(t);
  const flood = Array.from({ length: 256 }, () => connect(path).on('error', () => {}));
  await Promise.all(flood.map((socket) => once(socket, 'connect')));
  assert.equal(await said(path, ask({ connect: { host: '127.0.0.1', port } })), '');
  await Promise.all(flood.map((socket) => once(socket.destroy(), 'close')));
  let answer = '';
  while (answer === '') answer = await said(path, ask({ connect: { host: '127.0.0.1', port } }), 'hello');
  assert.match(answer, /hello$/);
});
