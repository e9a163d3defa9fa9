import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { decode, encode } from 'dns-packet';
import { Value } from 'typebox/value';
import { lookUpNames } from './lookUpNames.ts';
import { createTracerouteProbe } from './probe.ts';
import type { TracerouteResponse } from './response.ts';
import { TracerouteSettings } from './schema.ts';

const signal = new AbortController().signal;

/** A name server on loopback that knows these PTR records, and keeps silent where the name is null. */
async function startNameServer(t: TestContext, records: Record<string, string[] | null>) {
  const asked: string[] = [];
  const server = createSocket('udp4').on('message', (bytes, client) => {
    const { id = 0, questions = [] } = decode(bytes);
    const name = questions[0]?.name ?? '';
    asked.push(name);
    const known = records[name];
    if (known === null) return;
    const answers = (known ?? []).map((data) => ({ name, type: 'PTR' as const, class: 'IN' as const, ttl: 60, data }));
    server.send(encode({ type: 'response', id, flags: known ? 0 : 3, questions, answers }), client.port, client.address);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { asked, servers: [`127.0.0.1:${server.address().port}`] };
}

test('each address is asked for once; unknown ones and odd names are left out', async (t) => {
  const { asked, servers } = await startNameServer(t, { '1.2.0.192.in-addr.arpa': ['edge-1.router.test'], '2.2.0.192.in-addr.arpa': ['bad name\u001b[31m'] });
  const names = await lookUpNames(['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.1'], { signal, servers });
  assert.deepEqual([...names], [['192.0.2.1', 'edge-1.router.test']]);
  assert.equal(asked.length, 3);
});

test('IPv6 has names too', async (t) => {
  const { servers } = await startNameServer(t, { '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa': ['six.router.test'] });
  assert.deepEqual([...await lookUpNames(['2001:db8::1'], { signal, servers })], [['2001:db8::1', 'six.router.test']]);
});

test('a name server that keeps silent is waited for until the limit, and not for a cancelled run', async (t) => {
  const { servers } = await startNameServer(t, { '1.2.0.192.in-addr.arpa': null, '2.2.0.192.in-addr.arpa': ['known.test'] });
  assert.deepEqual([...await lookUpNames(['192.0.2.1', '192.0.2.2'], { signal, servers, limitMs: 300 })], [['192.0.2.2', 'known.test']]);
  assert.equal((await lookUpNames(['192.0.2.2'], { signal: AbortSignal.abort(), servers })).size, 0);
});

test('the probe names its hops after the trace, unless the check wants none', async (t) => {
  const { asked, servers } = await startNameServer(t, { '1.2.0.192.in-addr.arpa': ['edge-1.router.test'] });
  const folder = mkdtempSync(join(tmpdir(), 'names-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const program = join(folder, 'traceroute.sh');
  writeFileSync(program, '#!/bin/sh\nprintf " 1  192.0.2.1  1 ms\\n 2  *\\n 3  127.0.0.1 <rst,ack>  2 ms\\n"\n', { mode: 0o755 });
  const probe = createTracerouteProbe({ program, nameServers: servers });
  const hostsOf = async (request: object) => {
    const settings = Value.Parse(TracerouteSettings, Value.Default(TracerouteSettings, { name: 'way', logicalId: 'way', request: { url: '127.0.0.1', ...request } }));
    const net = { certificates: [], proxyUrl: null, nameServers: [], useOsResolver: true };
    const { verdict, detail } = await probe(settings, { signal, now: Date.now, tick: () => performance.now(), env: {}, log: () => {}, net });
    assert.equal(verdict, 'passed');
    return (detail.response as TracerouteResponse).hops.slice(0, 2).map(({ main_host }) => main_host);
  };
  assert.deepEqual(await hostsOf({}), ['edge-1.router.test', undefined]);
  const before = asked.length;
  assert.deepEqual(await hostsOf({ ptrLookup: false }), [undefined, undefined]);
  assert.equal(asked.length, before);
});
