/** Packets as a file that Wireshark and its kin read: pcap, or, with the secrets of its TLS connections, a pcapng that decrypts itself. Pure. */
import type { Found } from './selectPackets.ts';
import { RECORD_HEADER } from './readPacket.ts';

export interface CaptureFile {
  bytes: Buffer;
  packets: number;
  /** Packets that did not fit. */
  left: number;
}

/** Packets without a link header, IPv4 and IPv6: what devices put before them says nothing about a run. */
const LINKTYPE_RAW = 101;
const SNAP_LENGTH = 65_535;

/** @param linkHeader bytes of it before each packet. @param limit bytes of the file. @param keys lines of a TLS key log; null: a plain pcap. */
export function writeCapture(found: readonly Found[], linkHeader: number, limit: number, keys: Buffer | null): CaptureFile {
  const parts = keys ? [sectionHeader(), interfaceDescription(), decryptionSecrets(keys)] : [fileHeader()];
  const record = keys ? enhancedPacket : plainRecord;
  let size = parts.reduce((sum, part) => sum + part.length, 0);
  let packets = 0;
  for (const one of found) {
    const part = record(one, linkHeader);
    if (size + part.length > limit) break;
    parts.push(part);
    size += part.length;
    packets += 1;
  }
  return { bytes: Buffer.concat(parts, size), packets, left: found.length - packets };
}

function fileHeader(): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(SNAP_LENGTH, 16);
  header.writeUInt32LE(LINKTYPE_RAW, 20);
  return header;
}

const packetOf = ({ bytes, at, length }: Found, linkHeader: number): Buffer => bytes.subarray(at + RECORD_HEADER + linkHeader, at + length);
/** Bytes that the packet had on its way. */
const originalLength = ({ bytes, at }: Found, linkHeader: number): number => bytes.readUInt32LE(at + 12) - linkHeader;

function plainRecord(found: Found, linkHeader: number): Buffer {
  const packet = packetOf(found, linkHeader);
  const header = Buffer.from(found.bytes.subarray(found.at, found.at + RECORD_HEADER));
  header.writeUInt32LE(packet.length, 8);
  header.writeUInt32LE(originalLength(found, linkHeader), 12);
  return Buffer.concat([header, packet]);
}

/** A block of pcapng: type, length, body filled up to whole words, length again. */
function block(type: number, body: Buffer): Buffer {
  const length = 12 + Math.ceil(body.length / 4) * 4;
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(length, 4);
  body.copy(bytes, 8);
  bytes.writeUInt32LE(length, length - 4);
  return bytes;
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, index * 4);
  return bytes;
}

/** Byte order, version 1.0, length not told. */
const sectionHeader = (): Buffer => block(0x0a0d0d0a, words(0x1a2b3c4d, 1, 0xffffffff, 0xffffffff));
const interfaceDescription = (): Buffer => block(1, words(LINKTYPE_RAW, SNAP_LENGTH));
/** "TLSK": a TLS key log. */
const decryptionSecrets = (keys: Buffer): Buffer => block(10, Buffer.concat([words(0x544c534b, keys.length), keys]));

function enhancedPacket(found: Found, linkHeader: number): Buffer {
  const packet = packetOf(found, linkHeader);
  const micros = BigInt(found.bytes.readUInt32LE(found.at)) * 1_000_000n + BigInt(found.bytes.readUInt32LE(found.at + 4));
  return block(6, Buffer.concat([words(0, Number(micros >> 32n), Number(micros & 0xffffffffn), packet.length, originalLength(found, linkHeader)), packet]));
}
