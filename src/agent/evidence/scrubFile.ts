/** Scrubs one file of a run into another; what it is given is open already, and is read only. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fromRandomAccessReaderPromise, RandomAccessReader } from 'yauzl';
import { kindOfBytes } from './fileKind.ts';
import { readRange } from './readRange.ts';
import { LARGEST_PART, scrubBytes, type ScrubContext, type Scrubbed } from './scrubBytes.ts';
import { createScrubber, type ScrubSettings } from './scrubber.ts';
import { scrubZip, Unsearchable } from './scrubZip.ts';
import { createTraceReader, type TraceFindings } from './traceFindings.ts';

/** `fd` is read from its beginning, `size` bytes; `to`: a path that does not exist yet. */
export interface ScrubTask extends ScrubSettings { fd: number; size: number; to: string; keepPictures: boolean }

export type ScrubAnswer =
  /** `parts`: what was left out of it, each with its reason. */
  | { kind: 'unchanged' | 'written'; parts: string[]; pictures: number; findings: TraceFindings }
  /** The end of a sentence. */
  | { kind: 'leftOut'; why: string };

/** Bytes that a file may unpack to, all of its parts together. */
const MOST_UNPACKED = 1024 * 1024 * 1024;

/** Rejects for faults of this machine (a full disk). */
export async function scrubFile(task: ScrubTask): Promise<ScrubAnswer> {
  const { fd, size, to, keepPictures } = task;
  const context: ScrubContext = { scrubber: createScrubber(task), keepPictures, room: MOST_UNPACKED, leftOut: [], pictures: 0, trace: createTraceReader(), depth: 0 };
  const kind = kindOfBytes(await bytesOf(fd, Math.min(size, 64)));
  const save = (bytes: Readable) => pipeline(bytes, createWriteStream(to, { flags: 'wx', mode: 0o600 }));
  const done = (written: boolean): ScrubAnswer => ({ kind: written ? 'written' : 'unchanged', parts: context.leftOut, pictures: context.pictures, findings: context.trace.findings() });
  if (kind === 'zip') {
    const open = () => fromRandomAccessReaderPromise(new OpenFile(fd), size, { lazyEntries: true });
    try {
      return done(await scrubZip({ open, context, part: partOf, write: save }));
    } catch (error) {
      return { kind: 'leftOut', why: whyNot(error) };
    }
  }
  if (size > LARGEST_PART) {
    if (kind === 'media' || (kind === 'picture' && keepPictures)) return done(false);
    return context.scrubber.idle ? done(false) : { kind: 'leftOut', why: 'it is too large to be searched for secrets' };
  }
  const scrubbed = await partOf(await bytesOf(fd, size), context);
  if (scrubbed === null) return done(false);
  if ('leftOut' in scrubbed) return { kind: 'leftOut', why: scrubbed.leftOut };
  await save(Readable.from([scrubbed.bytes], { objectMode: false }));
  return done(true);
}

/** An archive that is broken somewhere is a part like any other that cannot be searched. */
async function partOf(bytes: Buffer, context: ScrubContext): Promise<Scrubbed> {
  try {
    return await scrubBytes(bytes, context);
  } catch (error) {
    return { leftOut: whyNot(error) };
  }
}

function whyNot(error: unknown): string {
  if (error instanceof Unsearchable) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  // Of the system, not of the archive.
  if (code !== undefined && /^E[A-Z]+$/.test(code) && code !== 'EINVAL') throw error;
  return `it is an archive that cannot be read (${message})`;
}

async function bytesOf(fd: number, size: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of readRange(fd, 0, size)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** It is looked at twice, and closed by whoever opened it. */
class OpenFile extends RandomAccessReader {
  readonly #fd: number;

  constructor(fd: number) {
    super();
    this.#fd = fd;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return readRange(this.#fd, start, end);
  }
}
