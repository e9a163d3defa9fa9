import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Flow } from '../../checks/kit/capture.ts';
import { createRing } from './createRing.ts';
import { selectPackets, type TimedFlow } from './selectPackets.ts';

const [HERE, THERE] = ['10.0.0.1', '10.0.0.2'];
const NOW = 1_700_000_000_000;
const [SYN, SYN_ACK, ACK, RST] = [2, 18, 16, 20];

interface Made { at?: number; device?: number; sent?: boolean; ip: Buffer }

/** A record as tcpdump writes it: header, SLL2, packet. `at`: ms after NOW. */
function record({ at = 0, device = 2, sent = true, ip }: Made): Buffer {
  const link = Buffer.alloc(20);
  link.writeUInt16BE(0x0800, 0);
  link.writeUInt32BE(device, 4);
  link[10] = sent ? 4 : 0;
  const header = Buffer.alloc(16);
  header.writeUInt32LE(Math.floor((NOW + at) / 1000), 0);
  header.writeUInt32LE(Math.round(((NOW + at) % 1000) * 1000), 4);
  header.writeUInt32LE(20 + ip.length, 8);
  header.writeUInt32LE(20 + ip.length, 12);
  return Buffer.concat([header, link, ip]);
}

function v4(protocol: number, from: string, to: string, body: Buffer, pieces = 0, id = 0): Buffer {
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(20 + body.length, 2);
  header.writeUInt16BE(id, 4);
  header.writeUInt16BE(pieces, 6);
  header[9] = protocol;
  for (const [at, address] of [[12, from], [16, to]] as const) Buffer.from(address.split('.').map(Number)).copy(header, at);
  return Buffer.concat([header, body]);
}

/** The text tells packets apart. */
function tcp(from: [string, number], to: [string, number], flags: number, sequence: number, text = ''): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(from[1], 0);
  header.writeUInt16BE(to[1], 2);
  header.writeUInt32BE(sequence, 4);
  header[12] = 0x50;
  header[13] = flags;
  return v4(6, from[0], to[0], Buffer.concat([header, Buffer.from(text)]));
}

function udp(from: [string, number], to: [string, number], text: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(from[1], 0);
  header.writeUInt16BE(to[1], 2);
  return Buffer.concat([header, Buffer.from(text)]);
}

const icmp = (type: number, rest: Buffer): Buffer => Buffer.concat([Buffer.from([type, 0, 0, 0]), rest]);
const echo = (type: number, id: number, text: string): Buffer => icmp(type, Buffer.concat([Buffer.from([id >> 8, id & 255, 0, 1]), Buffer.from(text)]));

/** What was selected of the records: the texts at their ends. */
function select(records: readonly Buffer[], flows: readonly TimedFlow[], textLength = 4): string[] {
  const ring = createRing({ bytes: 1e6, ageMs: 1e6 }, () => false);
  const file = Buffer.alloc(24);
  file.writeUInt32LE(0xa1b2c3d4, 0);
  file.writeUInt32LE(276, 20);
  for (const bytes of [file, ...records]) ring.push(bytes);
  return selectPackets(ring.blocks(), ring.linkHeader, flows, NOW).map(({ bytes, at, length }) => bytes.toString('latin1', at + length - textLength, at + length));
}
const timed = (flow: Flow, from = 1, until = Infinity): TimedFlow => ({ flow, from: NOW + from, until: NOW + until });
const own = (more: object = {}): Flow => ({ protocol: 'tcp', localPort: 4000, remote: { address: THERE, port: 80 }, ...more });
const [near, far]: [[string, number], [string, number]] = [[HERE, 4000], [THERE, 80]];

test('a connection in both directions, from its SYN on; neither the rest of a former one nor a later one with the same ports', () => {
  const records = [
    { at: 0, ip: tcp(near, far, ACK, 1, 'old ') }, { at: 0.1, ip: tcp(near, far, SYN, 100, 'syn ') }, { at: 0.4, ip: tcp(near, far, SYN, 100, 'syn2') },
    { at: 0.5, sent: false, ip: tcp(far, near, SYN_ACK, 500, 'back') }, { at: 2, ip: tcp(near, far, ACK, 101, 'data') },
    { at: 3, ip: tcp([HERE, 4001], far, ACK, 1, 'port') }, { at: 3, ip: tcp(near, [THERE, 81], ACK, 1, 'othr') }, { at: 3, ip: tcp(near, ['10.0.0.3', 80], ACK, 1, 'host') },
    { at: 4, sent: false, ip: tcp(far, near, RST, 501, 'rst ') },
    { at: 9, ip: tcp(near, far, SYN, 900, 'new ') }, { at: 9, ip: tcp(near, far, ACK, 901, 'new2') },
  ].map(record);
  assert.deepEqual(select(records, [timed(own())]), ['syn ', 'syn2', 'back', 'data', 'rst ']);
  assert.deepEqual(select(records, [timed(own(), 10)]), ['new ', 'new2'], 'who told of it later means the later one');
  assert.deepEqual(select(records.slice(4), [timed(own(), 1)]), ['new ', 'new2'], 'without its own SYN it cannot be told from others');
  assert.deepEqual(select(records.slice(4, 5), [timed(own(), 1)]), ['data'], 'but where there is none at all its beginning was lost');
});

test('a container behind this machine with the same port is somebody else', () => {
  const records = [record({ ip: tcp(near, far, SYN, 1, 'mine') }), record({ at: 0.5, ip: tcp(['172.17.0.2', 4000], far, SYN, 7, 'else') })];
  assert.deepEqual(select(records, [timed(own({ localAddress: HERE }))]), ['mine']);
});

test('a UDP port counts while it was the run\'s', () => {
  const flow: Flow = { protocol: 'udp', localPort: 4000, remote: { address: THERE, port: 53 } };
  const to: [string, number] = [THERE, 53];
  const records = [0, 5, 10, 20].map((at) => record({ at, ip: v4(17, HERE, THERE, udp(near, to, `at${String(at).padStart(2)}`)) }));
  assert.deepEqual(select(records, [timed(flow, 4, 12)]), ['at 5', 'at10']);
});

test('a datagram in pieces is whole: only its first piece has ports', () => {
  const flow: Flow = { protocol: 'udp', localPort: 4000, remote: { address: THERE, port: 53 } };
  const piece = (offset: number, more: boolean, text: string, id: number) => record({ at: 2, ip: v4(17, THERE, HERE, offset === 0 ? udp([THERE, 53], near, text) : Buffer.from(`........${text}`), offset | (more ? 0x2000 : 0), id) });
  assert.deepEqual(select([piece(0, true, 'one ', 7), piece(2, false, 'two ', 7), piece(2, false, 'else', 8)], [timed(flow)]), ['one ', 'two ']);
});

test('errors about a packet of the run are the run\'s; those about others are not', () => {
  const about = (port: number, text: string) => record({ at: 2, sent: false, ip: v4(1, '10.9.9.9', HERE, icmp(3, Buffer.concat([Buffer.alloc(4), tcp([HERE, port], far, SYN, 1, text)]))) });
  assert.deepEqual(select([record({ ip: tcp(near, far, SYN, 1, 'syn ') }), about(4000, 'mine'), about(4001, 'else')], [timed(own())]), ['syn ', 'mine']);
});

test('pings are told by identifier and address', () => {
  const records = [
    record({ at: 1, ip: v4(1, HERE, THERE, echo(8, 77, 'ping')) }), record({ at: 2, sent: false, ip: v4(1, THERE, HERE, echo(0, 77, 'pong')) }),
    record({ at: 1, ip: v4(1, HERE, THERE, echo(8, 78, 'else')) }), record({ at: 1, ip: v4(1, HERE, '10.0.0.3', echo(8, 77, 'host')) }),
    record({ at: 3, sent: false, ip: v4(1, '10.9.9.9', HERE, icmp(11, Buffer.concat([Buffer.alloc(4), v4(1, HERE, THERE, echo(8, 77, 'ttl '))]))) }),
  ];
  assert.deepEqual(select(records, [timed({ protocol: 'icmp', id: 77, remote: { address: THERE } })]), ['ping', 'pong', 'ttl ']);
});

/** A SYN that asks for segments of that size. */
function synWith(size: number, from: [string, number], text: string): Buffer {
  const packet = tcp(from, far, SYN, 1, '');
  const options = Buffer.from([1, 2, 4, size >> 8, size & 255, 1, 0, 0]);
  packet[20 + 12] = 0x70;
  packet.writeUInt16BE(packet.length + options.length + text.length, 2);
  return Buffer.concat([packet, options, Buffer.from(text)]);
}

test('the probes of a trace are known by their mark, their answers by the ports that they left from', () => {
  const error = (inner: Buffer, text: string) => v4(1, '10.9.9.9', HERE, icmp(11, Buffer.concat([Buffer.alloc(4), inner.subarray(0, 28), Buffer.from(text)])));
  const probe = synWith(1221, near, 'tcp ');
  const other = synWith(1222, [HERE, 4001], 'else');
  const records = [
    { at: 1, ip: tcp(far, near, SYN_ACK, 1, 'soon') }, { at: 2, ip: probe }, { at: 2, ip: other }, { at: 3, sent: false, ip: error(probe, 'ttl ') }, { at: 3, sent: false, ip: error(other, 'els2') },
    { at: 4, sent: false, ip: tcp(far, near, SYN_ACK, 1, 'back') }, { at: 4, ip: tcp(near, far, RST, 2, 'rst ') }, { at: 5, ip: synWith(1460, near, 'els3') }, { at: 6, sent: false, ip: tcp(far, near, SYN_ACK, 1, 'els4') },
  ].map(record);
  assert.deepEqual(select(records, [timed({ protocol: 'trace', probes: 'tcp', mark: 1221, remote: { address: THERE, port: 80 } })]), ['tcp ', 'ttl ', 'back', 'rst ']);
  const datagram = (length: number, text: string) => v4(17, HERE, THERE, udp(near, [THERE, 53], text.padStart(length - 28, '.')));
  const datagrams = [datagram(101, 'mark'), datagram(102, 'else')];
  assert.deepEqual(select([...datagrams.map((ip) => record({ at: 2, ip })), ...datagrams.map((ip, index) => record({ at: 3, ip: error(ip, `err${index}`) }))],
    [timed({ protocol: 'trace', probes: 'udp', mark: 101, remote: { address: THERE, port: 53 } })]), ['mark', 'err0']);
  const bare = [v4(132, HERE, THERE, Buffer.from('.'.repeat(77) + 'mark')), v4(132, HERE, THERE, Buffer.from('.'.repeat(78) + 'else'))];
  assert.deepEqual(select(bare.map((ip) => record({ at: 2, ip })), [timed({ protocol: 'trace', probes: 'sctp', mark: 101, remote: { address: THERE, port: null } })]), ['mark']);
});

test('a trace to this machine itself: only the ports tell which way a packet goes', () => {
  const [probe, answer]: [[string, number], [string, number]] = [[THERE, 4000], [THERE, 80]];
  const records = [record({ at: 2, ip: synWith(1221, probe, 'syn ') }), record({ at: 2, ip: tcp(answer, probe, RST, 0, 'back') }), record({ at: 3, ip: tcp([THERE, 81], probe, ACK, 1, 'else') })];
  assert.deepEqual(select(records, [timed({ protocol: 'trace', probes: 'tcp', mark: 1221, remote: { address: THERE, port: 80 } })]), ['syn ', 'back']);
});

test('a packet that a bridge shows on two devices is there once; one that is sent again, twice', () => {
  const syn = tcp(near, far, SYN, 1, 'syn ');
  const records = [record({ ip: syn }), record({ at: 0.01, device: 3, ip: syn }), record({ at: 500, ip: syn }), record({ at: 500.01, device: 3, ip: syn })];
  assert.deepEqual(select(records, [timed(own())]), ['syn ', 'syn ']);
});

test('bytes that are no packet harm nothing', () => {
  const wild = [Buffer.alloc(0), Buffer.from([0x45]), Buffer.from([0x4f, ...Array<number>(30).fill(255)]), Buffer.from([0x60, ...Array<number>(60).fill(0)]), v4(6, HERE, THERE, Buffer.from([1])), v4(1, HERE, THERE, icmp(3, Buffer.alloc(8)))];
  assert.deepEqual(select([...wild.map((ip) => record({ ip })), record({ ip: tcp(near, far, SYN, 1, 'syn ') })], [timed(own())]), ['syn ']);
});
