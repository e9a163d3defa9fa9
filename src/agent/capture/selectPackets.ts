/**
 * Finds the packets of a run among all that this machine has seen: those of its flows in both directions, and the ICMP errors about them.
 * Promises: nobody else's. A TCP connection is known by its SYN, so that an earlier or a later one with the same ports is another one;
 * a UDP port counts for as long as it was the run's; a packet that several devices have seen is there once.
 * Pure: reads blocks, changes nothing.
 */
import { isIPv6 } from 'node:net';
import type { Flow } from '../../checks/kit/capture.ts';
import { groupsOf } from '../../checks/kit/egress.ts';
import { timeAt, type Block } from './createRing.ts';
import { readPacket, RECORD_HEADER, type Address, type Packet } from './readPacket.ts';

/** A flow and its time, Unix ms: told of at `from`, over at `until` (Infinity: at the end). */
export interface TimedFlow { flow: Flow; from: number; until: number }

/** A record in a block. `atMs` Unix ms. */
export interface Found { bytes: Buffer; at: number; length: number; atMs: number }

/** ms: the clock that flows are told by has whole ones, the packets' has fractions. */
const GRAIN = 1;
/** ms that a first packet may lie before its flow was told: the system call comes first. */
const AHEAD = 1_000;
/** ms within which the same packet on another device is the same packet. */
const SAME_WITHIN = 1_000;

interface Member extends Found { syn: number | null }
/** `tracePorts`: local ports that probes of a trace were seen to leave from. */
interface Wanted extends TimedFlow { remote: Buffer; local: Buffer | null; members: Member[]; tracePorts: Set<number> }

/** The address of the run's side, where its flow has told it. */
const localOf = (flow: Flow): string | undefined => (flow.protocol === 'tcp' || flow.protocol === 'udp' ? flow.localAddress : undefined);

/** In the order of the stream. @param since Unix ms, when the run began. */
export function selectPackets(blocks: readonly Block[], linkHeader: number, flows: readonly TimedFlow[], since: number): Found[] {
  const wanted = flows.map((timed): Wanted => ({
    ...timed, remote: packed(timed.flow.remote.address), local: packedOrNull(localOf(timed.flow)), members: [], tracePorts: new Set(),
  }));
  const index = indexOf(wanted);
  const order = new Map<Buffer, number>();
  for (const [number, block] of blocks.entries()) {
    if (block.lastMs < since - AHEAD) continue;
    order.set(block.bytes, number);
    scan(block, linkHeader, index);
  }
  const found = new Set<Found>(wanted.flatMap((one) => (one.flow.protocol === 'tcp' ? connectionOf(one) : one.members)));
  const sorted = [...found].sort((a, b) => (order.get(a.bytes) ?? 0) - (order.get(b.bytes) ?? 0) || a.at - b.at);
  return seenOnce(sorted, linkHeader);
}

interface Index { byPort: Map<string, Wanted[]>; byId: Map<number, Wanted[]>; traces: Wanted[]; fragments: Map<string, Wanted[]> }

const portKey = (protocol: string, port: number): string => `${protocol}${port}`;

function indexOf(wanted: readonly Wanted[]): Index {
  const index: Index = { byPort: new Map(), byId: new Map(), traces: [], fragments: new Map() };
  const add = <K>(map: Map<K, Wanted[]>, key: K, one: Wanted) => map.set(key, [...map.get(key) ?? [], one]);
  for (const one of wanted) {
    if (one.flow.protocol === 'icmp') add(index.byId, one.flow.id, one);
    else if (one.flow.protocol === 'trace') index.traces.push(one);
    else add(index.byPort, portKey(one.flow.protocol, one.flow.localPort), one);
  }
  return index;
}

function scan({ bytes }: Block, linkHeader: number, index: Index): void {
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32LE(at + 8);
    const end = at + RECORD_HEADER + length;
    const packet = length > linkHeader ? readPacket(bytes, at + RECORD_HEADER + linkHeader, end) : null;
    if (packet) {
      // One record, however many flows it is of.
      const member: Member = { bytes, at, length: end - at, atMs: timeAt(bytes, at), syn: packet.syn ?? null };
      for (const { one, outward } of ownersOf(bytes, packet, index)) {
        if (inTime(one, member.atMs)) one.members.push(packet.syn !== undefined && !outward ? { ...member, syn: null } : member);
      }
    }
    at = end;
  }
}

/** TCP looks for itself (`connectionOf`). */
const inTime = ({ flow, from, until }: Wanted, atMs: number): boolean =>
  atMs >= from - (flow.protocol === 'tcp' ? AHEAD : GRAIN) && (flow.protocol === 'tcp' || atMs <= until + GRAIN);

/** `outward`: sent by the run's side. */
type Owner = { one: Wanted; outward: boolean };

/** @param quoted by an error. */
function ownersOf(bytes: Buffer, packet: Packet, index: Index, quoted = false): Owner[] {
  // An error about a packet belongs to whoever has sent that.
  if (packet.quoted) return ownersOf(bytes, packet.quoted, index, true).filter(({ outward }) => outward).map(({ one }) => ({ one, outward: false }));
  const owners = [...directOwners(bytes, packet, index), ...traceOwners(bytes, packet, index.traces, quoted)];
  const { fragment } = packet;
  if (!fragment) return owners;
  // Only the first piece has the ports.
  if (fragment.first && owners.length > 0) index.fragments.set(fragment.key, owners.map(({ one }) => one));
  return fragment.first ? owners : (index.fragments.get(fragment.key) ?? []).map((one) => ({ one, outward: false }));
}

function directOwners(bytes: Buffer, { protocol, ports, echo, source, destination }: Packet, { byPort, byId }: Index): Owner[] {
  if (echo !== undefined) {
    return (byId.get(echo) ?? []).flatMap((one) => (is(bytes, destination, one.remote) ? { one, outward: true } : is(bytes, source, one.remote) ? { one, outward: false } : []));
  }
  if (!ports) return [];
  const those = (port: number, other: number, near: Address, far: Address, outward: boolean): Owner[] => (byPort.get(portKey(protocol, port)) ?? [])
    .filter(({ flow, remote, local }) => 'port' in flow.remote && flow.remote.port === other && is(bytes, far, remote) && (local === null || is(bytes, near, local)))
    .map((one) => ({ one, outward }));
  const sent = those(ports.source, ports.destination, source, destination, true);
  return sent.length > 0 ? sent : those(ports.destination, ports.source, destination, source, false);
}

/**
 * Probes of traces, known by their mark; what answers those of TCP, and the system's reset of it. Of a TCP probe that an error quotes
 * the options are not there any more: by then its port is known.
 */
function traceOwners(bytes: Buffer, packet: Packet, traces: readonly Wanted[], quoted: boolean): Owner[] {
  return traces.flatMap((one): Owner[] => {
    const { flow, remote, tracePorts } = one;
    const { ports, syn } = packet;
    if (flow.protocol !== 'trace' || packet.protocol !== flow.probes) return [];
    // Addresses alone do not tell the direction: a target may be this machine.
    const outward = is(bytes, packet.destination, remote) && (ports?.destination ?? null) === flow.remote.port;
    if (flow.probes !== 'tcp') return outward && packet.size === flow.mark ? [{ one, outward }] : [];
    if (!ports) return [];
    if (!outward) return is(bytes, packet.source, remote) && ports.source === flow.remote.port && tracePorts.has(ports.destination) ? [{ one, outward }] : [];
    if (syn !== undefined && !quoted) {
      // Without the mark it is somebody else's connection, who has got that port.
      if (packet.mss === flow.mark) tracePorts.add(ports.source);
      else tracePorts.delete(ports.source);
    }
    return tracePorts.has(ports.source) && (quoted || syn !== undefined || packet.reset === true) ? [{ one, outward }] : [];
  });
}

const is = (bytes: Buffer, { at, length }: Address, address: Buffer): boolean => address.length === length && address.compare(bytes, at, at + length) === 0;

/**
 * Of all connections with these ports the one that was begun when the flow was told: its SYN is the last one before that moment. Packets
 * before the first SYN are the rest of somebody's former one, unless there is no SYN: then its beginning was lost.
 */
function connectionOf({ members, from }: Wanted): Member[] {
  const starts = members.filter(({ syn }, index) => syn !== null && members.findIndex((one) => one.syn === syn) === index);
  const first = starts.findLast(({ atMs }) => atMs <= from + GRAIN) ?? starts[0];
  if (!first) return members.filter(({ atMs }) => atMs >= from - GRAIN);
  const next = starts[starts.indexOf(first) + 1];
  return members.slice(members.indexOf(first), next ? members.indexOf(next) : undefined);
}

/** Devices on top of others (bridges, bonds) show a packet once each, and loopback twice. What is sent again shows the same device again. */
function seenOnce(found: readonly Found[], linkHeader: number): Found[] {
  const seen = new Map<string, { device: string; atMs: number }>();
  return found.filter(({ bytes, at, length, atMs }) => {
    const packet = at + RECORD_HEADER + linkHeader;
    // Long enough for all numbers that tell two packets from each other.
    const key = `${length}${bytes.toString('latin1', packet, Math.min(packet + 96, at + length))}`;
    const device = deviceOf(bytes, at + RECORD_HEADER, linkHeader);
    const former = seen.get(key);
    if (former && former.device !== device && atMs - former.atMs < SAME_WITHIN) return false;
    seen.set(key, { device, atMs });
    return true;
  });
}

/** Which device, where the header tells it (SLL2), and in which direction. */
const deviceOf = (bytes: Buffer, at: number, linkHeader: number): string =>
  (linkHeader === 20 ? `${bytes.readUInt32BE(at + 4)}/${bytes[at + 10]}` : String(bytes.readUInt16BE(at)));

const packedOrNull = (address: string | undefined): Buffer | null => (address ? packed(address) : null);

/** The bytes of an address; an IPv4 one in the clothes of IPv6 is itself. */
function packed(address: string): Buffer {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  return Buffer.from(isIPv6(plain) ? groupsOf(plain).flatMap((group) => [group >> 8, group & 255]) : plain.split('.').map(Number));
}
