/**
 * A zip as a folder: its skeleton (headers and small entries) and its larger parts, each under the SHA-256 of its owner and its bytes.
 * Equal parts of one owner are one file on disk with a link in each folder that has it, and one more in `shared/`, where the next put
 * finds it: the file system counts who uses it. So a part cannot go while a folder has it, whatever runs, dies or begins beside
 * the removal; at worst a part that was just let go is written a second time. Never: shared between owners.
 */
import { createHash } from 'node:crypto';
import { link, mkdir, open, readdir, rename, rm, rmdir, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import type { Span } from './findParts.ts';

/** Byte range, both ends inclusive. */
export interface Range { start: number; end: number }
interface Part extends Span { name: string }
/** What is neither part of `parts` stands in the skeleton, in order. */
interface Index { size: number; parts: Part[] }

const SKELETON = 'skeleton';
const CHUNK = 128 * 1024;
const AT_ONCE = 4;

/** Where the parts of a folder of files are found by their names. */
export const sharedPath = (folder: string, name: string): string => join(folder, 'shared', name.slice(0, 2), name);

/** Bytes of a span, piece by piece. A piece is good until the next is asked for. */
async function* piecesOf(file: FileHandle, { start, length }: Span): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK, length));
  for (let at = start; at < start + length;) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, start + length - at), at);
    if (bytesRead === 0) throw new Error('A file is shorter than it was.');
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}

async function nameOf(file: FileHandle, span: Span, owner: string): Promise<string> {
  const hash = createHash('sha256').update(`${owner}\0`);
  for await (const piece of piecesOf(file, span)) hash.update(piece);
  return hash.digest('hex');
}

async function copyTo(path: string, file: FileHandle, spans: readonly Span[], head: Buffer = Buffer.alloc(0)): Promise<void> {
  const copy = await open(path, 'wx', 0o600);
  try {
    await copy.writeFile(head);
    for (const span of spans) for await (const piece of piecesOf(file, span)) await copy.writeFile(piece);
    await copy.sync();
  } finally {
    await copy.close();
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/** Gives `own` the bytes of the part: as a link to the one that is there, else written, and offered to those who come later. */
async function take(shared: string, own: string, write: () => Promise<void>): Promise<void> {
  for (;;) {
    const why = await link(shared, own).then(() => undefined, codeOf);
    if (why === undefined) return;
    await write();
    if (why === 'EMLINK') return replace(shared, own);
    let lost = await link(own, shared).then(() => undefined, codeOf);
    if (lost === 'ENOENT') {
      await mkdir(dirname(shared), { recursive: true, mode: 0o700 });
      lost = await link(own, shared).then(() => undefined, codeOf);
    }
    // A file system without links keeps each its own.
    if (lost !== 'EEXIST') return;
    // Somebody else was first with the same bytes.
    await rm(own);
  }
}

/** No file takes more links than its file system counts: those who come later share another one. */
async function replace(shared: string, own: string): Promise<void> {
  const next = `${shared}.${own.split('/').at(-2)}`;
  await link(own, next);
  await rename(next, shared);
}

/** Takes the file apart into a new folder. @param to must not be there yet; half of it may stay when this rejects. */
export async function takeApart(folder: string, to: string, file: FileHandle, size: number, spans: readonly Span[], owner: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  const parts: Part[] = [];
  for (const span of spans) parts.push({ ...span, name: await nameOf(file, span, owner) });
  const unique = [...new Map(parts.map((part) => [part.name, part])).values()];
  const index = Buffer.from(JSON.stringify({ size, parts } satisfies Index));
  const head = Buffer.alloc(4);
  head.writeUInt32LE(index.length);
  // Together: a disk writes several files through in the time of one.
  const waiting = [
    ...unique.map((part) => () => take(sharedPath(folder, part.name), join(to, part.name), () => copyTo(join(to, part.name), file, [part]))),
    () => copyTo(join(to, SKELETON), file, restOf({ size, parts }), Buffer.concat([head, index])),
  ];
  const work = async () => { for (let next = waiting.pop(); next; next = waiting.pop()) await next(); };
  // All of them end before anything is thrown: whoever clears away must not meet one that still writes.
  const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** What is between the parts. */
function restOf({ size, parts }: Index): Span[] {
  const rest: Span[] = [];
  let at = 0;
  for (const { start, length } of [...parts, { start: size, length: 0 }]) {
    if (start > at) rest.push({ start: at, length: start - at });
    at = start + length;
  }
  return rest;
}

/** Where a stretch of the whole file lies: `from` of `file`. */
interface Piece { file: string; from: number; length: number }

function piecesWithin({ size, parts }: Index, restFrom: number, range: Range): Piece[] {
  let restAt = restFrom;
  const all = [...parts, ...restOf({ size, parts }).map((span) => ({ ...span, name: SKELETON }))].sort((a, b) => a.start - b.start);
  return all.flatMap(({ name, start, length }) => {
    const base = name === SKELETON ? restAt : 0;
    if (name === SKELETON) restAt += length;
    const [first, last] = [Math.max(start, range.start), Math.min(start + length - 1, range.end)];
    return first > last ? [] : [{ file: name, from: base + first - start, length: last - first + 1 }];
  });
}

/** @param begin what is known of the skeleton already: most of its pieces are a few bytes between two parts. */
async function* readPieces(folder: string, pieces: readonly Piece[], begin: Buffer): AsyncGenerator<Buffer> {
  let chunk = Buffer.allocUnsafe(CHUNK);
  let used = 0;
  for (const { file: name, from, length } of pieces) {
    const known = name === SKELETON && from + length <= begin.length;
    const file = known ? undefined : await open(join(folder, name));
    try {
      for (let at = from; at < from + length;) {
        const most = Math.min(CHUNK - used, from + length - at);
        const taken = file ? (await file.read(chunk, used, most, at)).bytesRead : begin.copy(chunk, used, at, at + most);
        if (taken === 0) throw new Error('A part is shorter than its index says.');
        at += taken;
        used += taken;
        if (used < CHUNK) continue;
        yield chunk;
        chunk = Buffer.allocUnsafe(CHUNK);
        used = 0;
      }
    } finally {
      await file?.close();
    }
  }
  if (used > 0) yield chunk.subarray(0, used);
}

/** The very bytes that were taken apart, or a range of them. undefined: there is no such folder. */
export async function openTogether(folder: string, range?: Range): Promise<{ stream: Readable; size: number } | undefined> {
  const file = await open(join(folder, SKELETON)).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
  if (!file) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, 0);
    const begin = buffer.subarray(0, bytesRead);
    const length = begin.readUInt32LE();
    // Some hundred parts at most (findParts.ts): the index is well within.
    const index = JSON.parse(begin.subarray(4, 4 + length).toString()) as Index;
    const pieces = piecesWithin(index, 4 + length, range ?? { start: 0, end: index.size - 1 });
    return { stream: Readable.from(readPieces(folder, pieces, begin), { objectMode: false }), size: index.size };
  } finally {
    await file.close();
  }
}

/** Removes such a folder, and of its parts those that nobody else has. Cut off anywhere, it goes on when it is called again. */
export async function removeTogether(folder: string, of: string): Promise<void> {
  await rm(join(of, SKELETON), { force: true });
  for (const name of await namesIn(of)) {
    await rm(join(of, name), { force: true });
    await letGo(sharedPath(folder, name));
  }
  await rmdir(of).catch((error: unknown) => { if (codeOf(error) !== 'ENOENT') throw error; });
}

interface Shared { size: number; users: number }

const facts = async (shared: string): Promise<Shared | undefined> => {
  const found = await stat(shared).catch(() => undefined);
  // It was born with two links, its first user's and this one: with one alone nobody has it, or will before he links it.
  return found && { size: found.size, users: found.nlink - 1 };
};

/** Removes the name under which a part is found when no folder has it. */
async function letGo(shared: string): Promise<void> {
  if ((await facts(shared))?.users === 0) await rm(shared, { force: true });
}

export const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch((error: unknown) => {
  if (codeOf(error) === 'ENOENT') return [];
  throw error;
});

/** Bytes on disk of all parts that are there, and bytes that each would take once more for all but its first user. */
export interface Sharing { parts: number; storedBytes: number; savedBytes: number }

/** @param sweep removes parts that a crash has left without a user. */
export async function countShared(folder: string, sweep: boolean): Promise<Sharing> {
  const sharing: Sharing = { parts: 0, storedBytes: 0, savedBytes: 0 };
  for (const group of await namesIn(join(folder, 'shared'))) {
    for (const name of await namesIn(join(folder, 'shared', group))) {
      const part = await facts(join(folder, 'shared', group, name));
      if (!part) continue;
      if (part.users === 0) {
        if (sweep) await letGo(join(folder, 'shared', group, name));
        continue;
      }
      sharing.parts += 1;
      sharing.storedBytes += part.size;
      sharing.savedBytes += part.size * (part.users - 1);
    }
  }
  return sharing;
}
