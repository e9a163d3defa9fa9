/** Reads a tar stream (ustar, pax, GNU long names), entry by entry. Knows nothing of files on a disk. */

export type TarType = 'file' | 'folder' | 'link' | 'hard link' | 'special file';
export interface TarEntry { path: string; type: TarType; size: number; executable: boolean; linkTarget: string }

/** A bundle that cannot be used: the sentence is for the person who sent it. */
export class BundleError extends Error {}

export interface TarSink {
  entry(entry: TarEntry): void;
  /** Bytes of the entry that was told last. */
  data(bytes: Uint8Array): void;
  entryEnd(): void;
}

const BLOCK = 512;
/** Bytes of a name, or of the attributes of an entry. */
const LONGEST_TEXT = 64 * 1024;
const TYPES: Readonly<Record<string, TarType>> = { 0: 'file', '\0': 'file', 7: 'file', 5: 'folder', 2: 'link', 1: 'hard link', 3: 'special file', 4: 'special file', 6: 'special file' };

/** What is read between two headers: an entry's bytes, or a text that describes the next entry. */
type Reading = { what: 'header' } | { what: 'data'; left: number; padding: number } | { what: 'text'; kind: string; left: number; padding: number; parts: Uint8Array[] } | { what: 'nothing' };

export interface TarReader {
  /** Throws a BundleError for what is no tar. */
  write(chunk: Buffer): void;
  /** Throws a BundleError when the archive ends in the middle of something. */
  end(): void;
}

/** What headers before an entry say of it, and of all that follow. `last`: the entry under way, for a person. */
interface Told { next: Naming; globals: Naming; last: string }
interface Naming { path?: string; linkpath?: string; size?: number }

function header(block: Buffer, told: Told, sink: TarSink): Reading {
  if (block.every((byte) => byte === 0)) return { what: 'nothing' };
  const raw = readHeader(block);
  if ('xgLK'.includes(raw.flag)) {
    if (raw.size > LONGEST_TEXT) throw new BundleError('has a name that is too long');
    return { what: 'text', kind: raw.flag, left: raw.size, padding: paddingOf(raw.size), parts: [] };
  }
  const type = TYPES[raw.flag];
  if (type === undefined) throw new BundleError(`has an entry of an unknown kind ("${raw.path.slice(0, 200)}")`);
  const { path, linkpath, size } = { ...told.globals, ...told.next };
  const entry = { path: path ?? raw.path, type, size: type === 'file' ? Math.max(0, size ?? raw.size) : 0, executable: raw.executable, linkTarget: linkpath ?? raw.linkTarget };
  told.last = `"${entry.path.slice(0, 200)}"`;
  told.next = {};
  sink.entry(entry);
  return { what: 'data', left: entry.size, padding: paddingOf(entry.size) };
}

function textRead(kind: string, text: string, told: Told): void {
  const plain = text.replace(/\0[^]*$/, '');
  if (kind === 'L') told.next.path = plain;
  else if (kind === 'K') told.next.linkpath = plain;
  else Object.assign(kind === 'g' ? told.globals : told.next, readPax(text));
}

export function createTarReader(sink: TarSink): TarReader {
  let reading: Reading = { what: 'header' };
  let rest: Buffer = Buffer.alloc(0);
  const told: Told = { next: {}, globals: {}, last: 'its beginning' };

  /** One step; false when more bytes are needed. */
  const step = (): boolean => {
    if (reading.what === 'nothing') {
      rest = Buffer.alloc(0);
      return false;
    }
    if (reading.what === 'header') {
      if (rest.length < BLOCK) return false;
      const block = rest.subarray(0, BLOCK);
      rest = rest.subarray(BLOCK);
      reading = header(block, told, sink);
      return true;
    }
    if (reading.left > 0) {
      if (rest.length === 0) return false;
      const bytes = rest.subarray(0, reading.left);
      rest = rest.subarray(bytes.length);
      reading.left -= bytes.length;
      if (reading.what === 'text') reading.parts.push(bytes);
      else sink.data(bytes);
      return true;
    }
    if (rest.length < reading.padding) return false;
    rest = rest.subarray(reading.padding);
    if (reading.what === 'text') textRead(reading.kind, Buffer.concat(reading.parts).toString('utf8'), told);
    else sink.entryEnd();
    reading = { what: 'header' };
    return true;
  };

  return {
    write(chunk) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      while (step());
    },
    end() {
      if (reading.what === 'data' || reading.what === 'text' || rest.length > 0) throw new BundleError(`ends in the middle of ${told.last}`);
    },
  };
}

const paddingOf = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;

interface RawHeader { path: string; flag: string; size: number; executable: boolean; linkTarget: string }

function readHeader(block: Buffer): RawHeader {
  const text = (from: number, length: number) => block.subarray(from, from + length).toString('utf8').replace(/\0[^]*$/, '');
  const number = (from: number, length: number) => {
    // Large numbers are told in binary, with the highest bit set.
    if (((block[from] ?? 0) & 0x80) !== 0) return Number(BigInt.asUintN(63, BigInt(`0x${block.subarray(from, from + length).toString('hex')}`) & ((1n << 63n) - 1n)));
    return parseInt(text(from, length).trim() || '0', 8);
  };
  let sum = 0;
  for (let at = 0; at < BLOCK; at++) sum += at >= 148 && at < 156 ? 32 : block[at] ?? 0;
  const size = number(124, 12);
  if (sum !== number(148, 8) || !Number.isSafeInteger(size) || size < 0) throw new BundleError('is no tar archive');
  const prefix = text(257, 5) === 'ustar' ? text(345, 155) : '';
  return {
    path: prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`, flag: String.fromCharCode(block[156] ?? 0), size,
    executable: (number(100, 8) & 0o111) !== 0, linkTarget: text(157, 100),
  };
}

/** Attributes of the next entry: lines of `<length> <key>=<value>\n`. */
function readPax(text: string): { path?: string; linkpath?: string; size?: number } {
  const found: { path?: string; linkpath?: string; size?: number } = {};
  let bytes = Buffer.from(text);
  while (bytes.length > 0) {
    const length = Number(/^(\d{1,9}) /.exec(bytes.subarray(0, 12).toString())?.[1] ?? 0);
    if (length <= 0 || length > bytes.length) throw new BundleError('is no tar archive');
    const line = bytes.subarray(0, length - 1).toString('utf8');
    bytes = bytes.subarray(length);
    const [, key = '', value = ''] = /^\d+ ([^=]*)=([^]*)$/.exec(line) ?? [];
    if (key === 'path') found.path = value;
    if (key === 'linkpath') found.linkpath = value;
    if (key === 'size') found.size = Number.isSafeInteger(Number(value)) ? Number(value) : 0;
  }
  return found;
}
