/**
 * The last packets of this machine, as tcpdump's stream brings them: whole records, bounded in bytes and in age.
 * Promises: what arrives is walked record by record and kept as it came; nothing is looked into before somebody asks.
 * That makes a packet of a run that passes cost next to nothing.
 */
import { LINK_HEADERS, RECORD_HEADER } from './readPacket.ts';

/** Whole records, one behind the other; `lastMs` (Unix ms) of the last one. */
export interface Block { bytes: Buffer; lastMs: number }

export interface Ring {
  /** The next bytes of the stream. Throws an Error with a sentence when they are none of tcpdump's. */
  push(chunk: Buffer): void;
  blocks(): readonly Block[];
  /** Unix ms: everything since has been kept; Infinity before the first packet. */
  readonly completeSince: number;
  /** Bytes of link header before each packet; 0 before the stream has begun. */
  readonly linkHeader: number;
}

export interface RingLimits { bytes: number; ageMs: number }

const FILE_HEADER = 24;
/** Of files with microseconds, in the byte order of this machine. */
const MAGIC = 0xa1b2c3d4;
/** No packet is longer: what says so is no stream of tcpdump's. */
const LONGEST = 1024 * 1024;

/** @param skip looks at each packet (`at`: behind the record's header, `length`: its captured bytes) and says whether it is left out. */
export function createRing(limits: RingLimits, skip: (bytes: Buffer, at: number, length: number) => boolean): Ring {
  let rest: Buffer = Buffer.alloc(0);
  let linkHeader = 0;
  let kept: Block[] = [];
  let size = 0;
  let completeSince = Number.POSITIVE_INFINITY;

  /** The records from `from` to `to`, the last of which begins at `last`. */
  const keep = (bytes: Buffer, from: number, to: number, last: number) => {
    if (from === to) return;
    kept.push({ bytes: bytes.subarray(from, to), lastMs: timeAt(bytes, last) });
    size += to - from;
  };
  const trim = () => {
    const oldest = (kept.at(-1)?.lastMs ?? 0) - limits.ageMs;
    let gone = 0;
    for (const block of kept) {
      if (size <= limits.bytes && block.lastMs >= oldest) break;
      size -= block.bytes.length;
      completeSince = Math.max(completeSince, block.lastMs);
      gone += 1;
    }
    if (gone > 0) kept = kept.slice(gone);
  };
  return {
    push(chunk) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let at = 0;
      if (linkHeader === 0) {
        if (bytes.length < FILE_HEADER) {
          rest = bytes;
          return;
        }
        linkHeader = linkHeaderIn(bytes);
        at = FILE_HEADER;
      }
      let [from, last] = [at, at];
      while (at + RECORD_HEADER <= bytes.length) {
        const length = bytes.readUInt32LE(at + 8);
        if (length > LONGEST) throw new Error('tcpdump sends what cannot be read.');
        const end = at + RECORD_HEADER + length;
        if (end > bytes.length) break;
        if (completeSince === Number.POSITIVE_INFINITY) completeSince = timeAt(bytes, at);
        if (skip(bytes, at + RECORD_HEADER, length)) {
          keep(bytes, from, at, last);
          from = end;
        } else last = at;
        at = end;
      }
      keep(bytes, from, at, last);
      // A view of a few bytes would hold all of the chunk in memory.
      rest = Buffer.from(bytes.subarray(at));
      trim();
    },
    blocks: () => kept,
    get completeSince() { return completeSince; },
    get linkHeader() { return linkHeader; },
  };
}

function linkHeaderIn(bytes: Buffer): number {
  const header = bytes.readUInt32LE(0) === MAGIC ? LINK_HEADERS[bytes.readUInt32LE(20)] : undefined;
  if (header === undefined) throw new Error('tcpdump sends packets of a kind that is not known here.');
  return header;
}

/** Unix ms with fractions, of the record at `at`. */
export const timeAt = (bytes: Buffer, at: number): number => bytes.readUInt32LE(at) * 1000 + bytes.readUInt32LE(at + 4) / 1000;
