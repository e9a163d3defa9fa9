import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { Value } from 'typebox/value';
import { PROBES } from '../probes.ts';
import { DnsSettings } from '../dns/schema.ts';
import { IcmpSettings } from '../icmp/schema.ts';
import { TcpSettings } from '../tcp/schema.ts';
import { UrlSettings } from '../url/schema.ts';
import { createEgress, type Egress, type Endpoint } from './egress.ts';
import type { Probe, ProbeContext, ProbeOutcome } from './probe.ts';

const rules = (loopback: boolean, own: Endpoint[] = [], deny: string[] = []): Egress => createEgress({ policies: [{ allow: [], deny, loopback, of: 'location' }], own, local: [] });

function context(egress: Egress, proxyUrl: string | null = null): ProbeContext {
  return {
    signal: new AbortController().signal, now: Date.now, tick: () => performance.now(), env: {}, log: () => {},
    net: { certificates: [], proxyUrl, nameServers: [], useOsResolver: true, egress },
  };
}

const SCHEMAS = { URL: UrlSettings, TCP: TcpSettings, DNS: DnsSettings, ICMP: IcmpSettings };

async function run(type: keyof typeof SCHEMAS, request: object, egress: Egress, proxyUrl: string | null = null): Promise<ProbeOutcome> {
  const settings: unknown = Value.Default(SCHEMAS[type], { name: 'c', logicalId: 'c', request });
  return (PROBES[type] as unknown as Probe<unknown>)(settings, context(egress, proxyUrl));
}

async function shop(t: TestContext, location?: string): Promise<{ port: number; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(request.url === '/go' && location ? 302 : 200, location ? { location } : {}).end('ok');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => { server.close(); server.closeAllConnections(); });
  return { port: (server.address() as AddressInfo).port, asked };
}

function denied(outcome: ProbeOutcome, reason: RegExp): void {
  assert.deepEqual([outcome.verdict, outcome.fault, outcome.networkError], ['failed', null, false]);
  assert.match(String(outcome.detail.requestError), reason);
}

test('a URL that may not be reached fails with the reason; nothing is asked', async (t) => {
  const { port, asked } = await shop(t);
  for (const host of ['127.0.0.1', 'localhost', '2130706433', '0x7f.1', '0177.0.0.1', '[::ffff:127.0.0.1]']) {
    denied(await run('URL', { url: `http://${host}:${port}/`, ipFamily: host.startsWith('[') ? 'IPv6' : 'IPv4' }, rules(false)), /own machine is not reached from this location/);
    denied(await run('URL', { url: `http://${host}:${port}/`, ipFamily: host.startsWith('[') ? 'IPv6' : 'IPv4' }, rules(true, [{ host: '127.0.0.1', port }])), /port of Assay itself/);
  }
  assert.deepEqual(asked, []);
  assert.equal((await run('URL', { url: `http://localhost:${port}/` }, rules(true))).verdict, 'passed');
});

test('every redirect is judged', async (t) => {
  for (const target of ['http://169.254.169.254/latest/meta-data/', 'http://0xa9fea9fe/', 'http://metadata.google.internal/', 'http://[::ffff:169.254.169.254]/']) {
    const { port, asked } = await shop(t, target);
    denied(await run('URL', { url: `http://127.0.0.1:${port}/go` }, rules(true)), /denied: |not an IPv4 address/);
    assert.deepEqual(asked, ['/go']);
  }
  const { port } = await shop(t, 'http://127.0.0.1:1/');
  assert.equal((await run('URL', { url: `http://127.0.0.1:${port}/go` }, rules(true))).networkError, true, 'what may be reached and is not there, is a failure of the network');
});

test('through the operator\'s proxy the name is judged, the proxy is not', async (t) => {
  const { port: target, asked } = await shop(t);
  const proxy = createTcpServer((socket) => void socket.pipe(connect(target, '127.0.0.1')).pipe(socket));
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => proxy.close());
  const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  assert.equal((await run('URL', { url: 'http://shop.test/' }, rules(false), proxyUrl)).verdict, 'passed');
  denied(await run('URL', { url: 'http://admin.test/' }, rules(false, [], ['admin.test']), proxyUrl), /admin\.test is on the deny list/);
  denied(await run('URL', { url: 'http://169.254.169.254/' }, rules(false), proxyUrl), /link-local/);
  assert.deepEqual(asked, ['http://shop.test/']);
});

test('TCP, DNS and ICMP: the address that is really used is judged', async (t) => {
  const { port } = await shop(t);
  denied(await run('TCP', { hostname: 'localhost', port }, rules(false)), /^Connection to localhost:\d+ \(127\.0\.0\.1\) denied/);
  denied(await run('DNS', { query: 'shop.test', recordType: 'A', nameServer: '127.0.0.1', port: 53 }, rules(false)), /127\.0\.0\.1:53 denied/);
  denied(await run('DNS', { query: 'shop.test', recordType: 'A', nameServer: 'localhost', port }, rules(true, [{ host: '127.0.0.1', port }])), /port of Assay itself/);
  denied(await run('ICMP', { hostname: '127.1' }, rules(false)), /^Connection to 127\.1 \(127\.0\.0\.1\) denied/);
});
