/** One packet of tcpdump's stream: which exchange it belongs to, from whom to whom. Reads only what is needed for that; never throws. */

/** Link types of the device "any", and the bytes of their headers. */
const LINUX_SLL = 113;
const LINUX_SLL2 = 276;
export const LINK_HEADERS: Readonly<Record<number, number>> = { [LINUX_SLL]: 16, [LINUX_SLL2]: 20 };

/** Of a record in a pcap file: seconds, microseconds, bytes that follow, bytes there were. */
export const RECORD_HEADER = 16;

const [ICMP, TCP, UDP, ICMP6, SCTP] = [1, 6, 17, 58, 132];
/** Headers between IPv6 and what it carries: hop by hop, routing, fragment, destination options. */
const [HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION] = [0, 43, 44, 60];

/** A range of bytes: an address within its packet. */
export interface Address { at: number; length: 4 | 16 }

/** `size`: bytes of the IP packet as its header says. `ports`: of TCP and UDP; `echo`: identifier of a ping. `fragment`: of a packet in pieces, what joins them; `first` has the ports. */
export interface Packet {
  protocol: 'tcp' | 'udp' | 'icmp' | 'sctp' | 'other';
  size: number;
  source: Address;
  destination: Address;
  ports?: { source: number; destination: number };
  echo?: number;
  /** A connection begins: the number of its first byte. */
  syn?: number;
  /** A connection is broken off. */
  reset?: true;
  /** The largest segment that the beginning side takes, where it says so. */
  mss?: number;
  fragment?: { key: string; first: boolean };
  /** Of an ICMP error, the beginning of the packet that it is about. */
  quoted?: Packet;
}

/** Reads an IP packet at `at`; null when it is none or too little of it is there. @param end of the captured bytes. */
export function readPacket(bytes: Buffer, at: number, end: number): Packet | null {
  const version = at < end ? (bytes[at] as number) >> 4 : 0;
  if (version === 4) return readV4(bytes, at, end);
  return version === 6 ? readV6(bytes, at, end) : null;
}

function readV4(bytes: Buffer, at: number, end: number): Packet | null {
  const header = ((bytes[at] as number) & 15) * 4;
  if (header < 20 || at + header > end) return null;
  const [source, destination]: [Address, Address] = [{ at: at + 12, length: 4 }, { at: at + 16, length: 4 }];
  const pieces = bytes.readUInt16BE(at + 6);
  const [offset, more] = [pieces & 0x1fff, (pieces & 0x2000) !== 0];
  const protocol = bytes[at + 9] as number;
  const fragment = offset > 0 || more ? { key: `${bytes.toString('latin1', at + 12, at + 20)}${bytes.toString('latin1', at + 4, at + 6)}${protocol}`, first: offset === 0 } : undefined;
  return carried(bytes, at + header, end, protocol, { size: bytes.readUInt16BE(at + 2), source, destination, ...(fragment ? { fragment } : {}) });
}

function readV6(bytes: Buffer, at: number, end: number): Packet | null {
  if (at + 40 > end) return null;
  const ends = { size: 40 + bytes.readUInt16BE(at + 4), source: { at: at + 8, length: 16 as const }, destination: { at: at + 24, length: 16 as const } };
  let protocol = bytes[at + 6] as number;
  let next = at + 40;
  let fragment: Packet['fragment'];
  while ([HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION].includes(protocol) && next + 8 <= end) {
    if (protocol === FRAGMENT) fragment = { key: `${bytes.toString('latin1', at + 8, at + 40)}${bytes.toString('latin1', next + 4, next + 8)}`, first: bytes.readUInt16BE(next + 2) >> 3 === 0 };
    const length = protocol === FRAGMENT ? 8 : ((bytes[next + 1] as number) + 1) * 8;
    protocol = bytes[next] as number;
    next += length;
  }
  return carried(bytes, next, end, protocol, { ...ends, ...(fragment ? { fragment } : {}) });
}

type Ends = Pick<Packet, 'size' | 'source' | 'destination' | 'fragment'>;

function carried(bytes: Buffer, at: number, end: number, protocol: number, ends: Ends): Packet {
  if (ends.fragment?.first === false || at + 8 > end) return { ...ends, protocol: 'other' };
  if (protocol === ICMP || protocol === ICMP6) return { ...ends, protocol: 'icmp', ...message(bytes, at, end, protocol === ICMP6) };
  if (protocol !== TCP && protocol !== UDP) return { ...ends, protocol: protocol === SCTP ? 'sctp' : 'other' };
  const ports = { source: bytes.readUInt16BE(at), destination: bytes.readUInt16BE(at + 2) };
  if (protocol === UDP) return { ...ends, protocol: 'udp', ports };
  const begins = at + 14 <= end && ((bytes[at + 13] as number) & 0b1_0010) === 0b10;
  const reset = at + 14 <= end && ((bytes[at + 13] as number) & 0b100) !== 0;
  return { ...ends, protocol: 'tcp', ports, ...(reset ? { reset } : {}), ...(begins ? { syn: bytes.readUInt32BE(at + 4), ...segmentSize(bytes, at, end) } : {}) };
}

const [END_OF_OPTIONS, NO_OPTION, MSS] = [0, 1, 2];

/** Looks through the options of a TCP header at `at`. */
function segmentSize(bytes: Buffer, at: number, end: number): { mss?: number } {
  const last = Math.min(end, at + ((bytes[at + 12] as number) >> 4) * 4);
  for (let next = at + 20; next + 4 <= last;) {
    const kind = bytes[next] as number;
    if (kind === END_OF_OPTIONS) break;
    if (kind === MSS) return { mss: bytes.readUInt16BE(next + 2) };
    next += kind === NO_OPTION ? 1 : Math.max(2, bytes[next + 1] as number);
  }
  return {};
}

function message(bytes: Buffer, at: number, end: number, six: boolean): Pick<Packet, 'echo' | 'quoted'> {
  const type = bytes[at] as number;
  if (six ? type === 128 || type === 129 : type === 8 || type === 0) return { echo: bytes.readUInt16BE(at + 4) };
  // Unreachable, too big, time exceeded, parameter problem; in IPv4 also source quench and redirect.
  const isError = six ? type >= 1 && type <= 4 : [3, 4, 5, 11, 12].includes(type);
  const quoted = isError ? readPacket(bytes, at + 8, end) : null;
  return quoted ? { quoted } : {};
}
