/** Faults of TCP, DNS and ICMP checks, and of scripts around API checks. */
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer as createTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import packet, { type DecodedPacket } from 'dns-packet';
import { Value } from 'typebox/value';
import { createDnsProbe } from '../../../src/checks/dns/probe.ts';
import { DnsSettings } from '../../../src/checks/dns/schema.ts';
import { createIcmpProbe } from '../../../src/checks/icmp/probe.ts';
import { IcmpSettings } from '../../../src/checks/icmp/schema.ts';
import type { ProbeOutcome } from '../../../src/checks/kit/probe.ts';
import { createTcpProbe } from '../../../src/checks/tcp/probe.ts';
import { TcpSettings } from '../../../src/checks/tcp/schema.ts';
import { listen } from '../shopServer.ts';
import type { Place, ProbeFault } from './fault.ts';

const tcp = (place: Place, request: object, more: object = {}): Promise<ProbeOutcome> => createTcpProbe({ graceMs: 100 + place.round * 30, quietMs: 60 })(
  Value.Parse(TcpSettings, Value.Default(TcpSettings, { name: 't', logicalId: 't', request, ...more })), place.context);

async function toServer(place: Place, serve: (socket: Socket) => void, request: object, more: object = {}): Promise<ProbeOutcome> {
  const server = await listen(createTcp(serve));
  try {
    return await tcp(place, { hostname: '127.0.0.1', port: server.port, ...request }, more);
  } finally {
    server.close();
  }
}

const data = (comparison: string, target: string, property = '') => ({ assertions: [{ source: 'RESPONSE_DATA', property, comparison, target }] });
const greet = ({ uuid, user }: Place) => (socket: Socket) => { socket.end(`220 ${uuid} ready for ${user}\r\n`); };

const tcpFaults: readonly ProbeFault[] = ([
  ['refused', (place) => tcp(place, { hostname: '127.0.0.1', port: place.shop.closedPort })],
  ['reset', (place) => toServer(place, (socket) => { socket.once('data', () => socket.resetAndDestroy()); }, { data: `hello ${place.user}` })],
  ['tcp: no data', (place) => toServer(place, () => {}, { data: `hello ${place.user}` }, { degradedResponseTime: 1, maxResponseTime: 200 + place.count })],
  ['tcp: no host mail', (place) => tcp({ ...place, context: { ...place.context, net: { ...place.context.net, useOsResolver: true } } }, { hostname: 'mail.invalid', port: 1_000 + place.order % 900 })],
  ['tcp: no host news', (place) => tcp({ ...place, context: { ...place.context, net: { ...place.context.net, useOsResolver: true } } }, { hostname: 'news.invalid', port: 1_000 + place.order % 900 })],
  ['no IPv6 address', (place) => tcp(place, { hostname: '127.0.0.1', port: place.shop.port, ipFamily: 'IPv6' })],
  ['tcp: data contains 250', (place) => toServer(place, greet(place), data('CONTAINS', '250 OK'))],
  ['tcp: data contains 354', (place) => toServer(place, greet(place), data('CONTAINS', '354 OK'))],
  ['tcp: data by pattern', (place) => toServer(place, greet(place), data('EQUALS', 'mail', 'ready for (\\w+)'))],
  ['tcp: data is empty', (place) => toServer(place, greet(place), data('IS_EMPTY', ''))],
] satisfies [string, ProbeFault['run']][]).map(([group, run]) => ({ group, checkType: 'TCP', run }));

type Reply = (query: DecodedPacket) => Buffer | null;
const answer = (rcode: number, answers: object[] = []): Reply => (query) => packet.encode({ type: 'response', id: query.id, flags: rcode | packet.AUTHORITATIVE_ANSWER, questions: query.questions, answers: answers as never });

/** A name server on loopback, asked once. */
async function ask(place: Place, reply: Reply, request: object = {}, more: object = {}): Promise<ProbeOutcome> {
  const server = createTcp((socket) => { socket.on('error', () => {}).once('data', (bytes) => {
    const bytesBack = reply(packet.decode(bytes.subarray(2)));
    if (bytesBack === null) socket.end();
    else socket.end(Buffer.concat([Buffer.from([bytesBack.length >> 8, bytesBack.length & 255]), bytesBack]));
  }); });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const udp = createSocket('udp4');
  udp.on('message', (bytes, client) => { const back = reply(packet.decode(bytes)); if (back) udp.send(back, client.port, client.address); });
  udp.bind(port, '127.0.0.1');
  await once(udp, 'listening');
  try {
    return await dns(place, port, request, more);
  } finally {
    udp.close();
    server.close();
  }
}

const dns = (place: Place, port: number, request: object, more: object = {}): Promise<ProbeOutcome> => createDnsProbe({ limitMs: 300 + place.round * 40, retransmitMs: 100 }, () => [])(
  Value.Parse(DnsSettings, Value.Default(DnsSettings, { name: 'd', logicalId: 'd', request: { query: 'shop.example', recordType: 'A', nameServer: '127.0.0.1', port, ...request }, ...more })), place.context);
const found = ({ count }: Place) => answer(0, [{ type: 'A', name: 'shop.example', ttl: 30 + count, data: `192.0.2.${count}` }]);

const dnsFaults: readonly ProbeFault[] = ([
  ['dns: NXDOMAIN', (place) => ask(place, answer(3))],
  ['dns: NXDOMAIN of pay', (place) => ask(place, answer(3), { query: 'pay.example' })],
  ['dns: SERVFAIL', (place) => ask(place, answer(2))],
  ['dns: REFUSED', (place) => ask(place, answer(5), { protocol: 'TCP' })],
  ['dns: NXDOMAIN of AAAA', (place) => ask(place, answer(3), { recordType: 'AAAA' })],
  ['dns: no server over UDP', (place) => dns(place, place.shop.closedPort, {})],
  ['dns: no server over TCP', (place) => dns(place, place.shop.closedPort, { protocol: 'TCP' })],
  ['dns: silence', (place) => ask(place, () => null)],
  ['dns: closed', (place) => ask(place, () => null, { protocol: 'TCP' })],
  ['dns: malformed', (place) => ask(place, (query) => Buffer.concat([answer(0)(query)?.subarray(0, 6) ?? Buffer.alloc(0), Buffer.from([0, 9, 0, 9, 0, 0, 0, 0, 77])]))],
  ['dns: bad name', (place) => ask(place, answer(0), { query: 'shop..example' })],
  ['dns: code is NOERROR', (place) => ask(place, answer(3), { assertions: [{ source: 'RESPONSE_CODE', comparison: 'EQUALS', target: 'NOERROR' }] })],
  ['dns: answer is 192.0.2.77', (place) => ask(place, found(place), { assertions: [{ source: 'JSON_ANSWER', property: '$.Answer[0].data', comparison: 'EQUALS', target: '192.0.2.77' }] })],
  ['dns: ttl is over 86400', (place) => ask(place, found(place), { assertions: [{ source: 'JSON_ANSWER', property: '$.Answer[0].TTL', comparison: 'GREATER_THAN', target: '86400' }] })],
  ['dns: text contains MX', (place) => ask(place, found(place), { assertions: [{ source: 'TEXT_ANSWER', comparison: 'CONTAINS', target: 'MX' }] })],
] satisfies [string, ProbeFault['run']][]).map(([group, run]) => ({ group, checkType: 'DNS', run }));

/** `ping` in a network of its own, which the commands before it furnish. */
function pingIn(setUp: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'run-')), 'ping');
  writeFileSync(path, `#!/bin/sh\nexec unshare -n sh -c '${setUp}; exec ping "$@"' ping "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

const icmp = (place: Place, program: string, request: object, more: object = {}): Promise<ProbeOutcome> => createIcmpProbe(program)(
  Value.Parse(IcmpSettings, Value.Default(IcmpSettings, { name: 'i', logicalId: 'i', request: { hostname: '127.0.0.1', pingCount: 1 + place.round % 3, ...request }, ...more })), place.context);
const silent = 'ip link set lo up; ip addr add 192.0.2.0/24 dev lo; echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all';
const latency = (property: string, target: string) => ({ assertions: [{ source: 'LATENCY', property, comparison: 'GREATER_THAN', target }] });

const icmpFaults: readonly ProbeFault[] = ([
  ['icmp: no network', (place) => icmp(place, pingIn('true'), { hostname: `192.0.2.${10 + place.count}` })],
  ['icmp: no route', (place) => icmp(place, pingIn('ip link set lo up; ip route add unreachable 192.0.2.0/24'), { hostname: `192.0.2.${10 + place.count}` })],
  ['icmp: no reply', (place) => icmp(place, pingIn(silent), { hostname: `192.0.2.${10 + place.count}` })],
  ['icmp: no host', (place) => icmp(place, 'ping', { hostname: 'gate.invalid' })],
  ['icmp: no other host', (place) => icmp(place, 'ping', { hostname: 'door.invalid' })],
  ['no IPv6 address', (place) => icmp(place, 'ping', { ipFamily: 'IPv6' })],
  ['icmp: avg over 9000', (place) => icmp(place, 'ping', latency('avg', '9000'))],
  ['icmp: max over 9000', (place) => icmp(place, 'ping', latency('max', '9000'))],
  ['icmp: ttl', (place) => icmp(place, 'ping', { assertions: [{ source: 'JSON_RESPONSE', property: '$.pingResults[0].ttl', comparison: 'EQUALS', target: '7' }] })],
  ['icmp: no program', (place) => icmp(place, `${place.folder}/ping`, {})],
] satisfies [string, ProbeFault['run']][]).map(([group, run]) => ({ group, checkType: 'ICMP', run }));

execFileSync('unshare', ['-n', 'true']);
export const networkFaults: readonly ProbeFault[] = [...tcpFaults, ...dnsFaults, ...icmpFaults];
