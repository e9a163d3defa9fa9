/** Scrubs an archive part by part: a trace of Playwright's, or whatever else was packed. Its largest parts are read line by line. */
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import type { Entry, ZipFile as Archive } from 'yauzl';
import { ZipFile } from 'yazl';
import { kindOfBytes } from './fileKind.ts';
import type { ScrubContext, Scrubbed } from './scrubBytes.ts';
import { isGenerated, TRACE_LINES, TRACE_RULES, withoutPictures } from './traceLine.ts';

export interface ZipTask {
  /** Anew for each look at it. */
  open(): Promise<Archive>;
  context: ScrubContext;
  /** Scrubs a part that is no list of lines. */
  part(bytes: Buffer, context: ScrubContext): Promise<Scrubbed>;
  /** Takes the new archive; called only when one is needed. */
  write(archive: Readable): Promise<void>;
}

/** Why a picture was left out: counted, not listed. */
export const NO_PICTURES = 'it is a picture, and this agent keeps none';
const MOST_PARTS = 50_000;
const LARGEST_PART = 64 * 1024 * 1024;
const LONGEST_LINE = 32 * 1024 * 1024;
const COMPRESSION_LEVEL = 4;

/** Cannot be searched as a whole; its message is the end of a sentence. */
export class Unsearchable extends Error {}

/**
 * Looks first, and packs anew only where something is in it. @returns whether something was written: false, it can stay as it is.
 * Rejects with Unsearchable, or with what is wrong with the archive.
 */
export async function scrubZip(task: ZipTask): Promise<boolean> {
  const { context } = task;
  const before = { room: context.room, leftOut: context.leftOut.length, pictures: context.pictures, trace: context.trace.mark() };
  if (!await goThrough(task, null)) return false;
  context.room = before.room;
  context.leftOut.length = before.leftOut;
  context.pictures = before.pictures;
  before.trace.goBack();
  const zip = new ZipFile();
  const archive = zip.outputStream as Readable;
  const written = task.write(archive);
  try {
    await Promise.race([goThrough(task, zip), written.then(() => new Promise<never>(() => {}))]);
    zip.end();
  } catch (error) {
    archive.destroy(error as Error);
    await written.catch(() => {});
    throw error;
  }
  await written;
  return true;
}

/** With `to` null only until the first part that has to change. @returns whether there is one. */
async function goThrough({ open, context, part }: ZipTask, to: ZipFile | null): Promise<boolean> {
  const archive = await open();
  try {
    if (archive.entryCount > MOST_PARTS) throw new Unsearchable('it has too many parts');
    let changed = false;
    for await (const entry of archive.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue;
      const name = cleanName(entry.fileName, context);
      const read = await readPart(archive, entry, { context, part });
      changed ||= name !== entry.fileName || read.changed;
      if (!to) {
        if (read.lines) for await (const line of read.lines) changed ||= line.changed;
        if (changed) return true;
      } else if (read.lines) await add(to, entry, name, textOf(read.lines), true);
      else if (read.bytes) await add(to, entry, name, [read.bytes], kindOfBytes(read.bytes) !== 'picture');
    }
    return changed;
  } finally {
    archive.close();
  }
}

async function add(zip: ZipFile, entry: Entry, name: string, chunks: Iterable<Buffer> | AsyncIterable<Buffer>, compress: boolean): Promise<void> {
  const stream = Readable.from(chunks, { objectMode: false });
  zip.addReadStream(stream, name, { mtime: entry.getLastModDate(), ...(compress ? { compressionLevel: COMPRESSION_LEVEL } : { compress: false }) });
  // The next part is not read before this one has been taken.
  await finished(stream);
}

/** What Playwright names stays: parts refer to each other by it. */
function cleanName(name: string, { scrubber }: ScrubContext): string {
  return isGenerated(name) ? name : name.split('/').map((piece) => scrubber.text(piece)).join('/');
}

interface Part { changed: boolean; bytes?: Buffer; lines?: AsyncIterable<Line> }

async function readPart(archive: Archive, entry: Entry, { context, part }: Pick<ZipTask, 'context' | 'part'>): Promise<Part> {
  const { fileName: name, uncompressedSize: size } = entry;
  context.room -= size;
  if (context.room < 0) throw new Unsearchable('it unpacks to more than can be searched');
  if (TRACE_LINES.test(name)) return { changed: false, lines: scrubLines(await archive.openReadStreamPromise(entry), context) };
  if (context.scrubber.idle && context.keepPictures && context.depth === 0) return { changed: false };
  if (size > LARGEST_PART) return leaveOut(name, 'it is too large to be searched for secrets', context);
  const chunks: Buffer[] = [];
  for await (const chunk of await archive.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  if (name.endsWith('.stacks')) {
    const text = bytes.toString();
    const clean = context.scrubber.json(text, TRACE_RULES);
    return { changed: clean !== text, bytes: Buffer.from(clean) };
  }
  const scrubbed = await part(bytes, context);
  if (scrubbed === null) return { changed: false, bytes };
  return 'bytes' in scrubbed ? { changed: true, bytes: scrubbed.bytes } : leaveOut(name, scrubbed.leftOut, context);
}

function leaveOut(name: string, why: string, context: ScrubContext): Part {
  if (why === NO_PICTURES) context.pictures += 1;
  else context.leftOut.push(`${name}: ${why}`);
  return { changed: true };
}

/** `text` null: nothing is left of it. */
interface Line { text: string | null; changed: boolean }

async function* scrubLines(stream: Readable, context: ScrubContext): AsyncGenerator<Line> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let tooLong = false;
  for await (const chunk of stream) {
    rest += decoder.write(chunk as Buffer);
    const lines = rest.split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      if (tooLong) yield { text: null, changed: true };
      else yield scrubLine(line, context);
      tooLong = false;
    }
    if (rest.length <= LONGEST_LINE) continue;
    tooLong = true;
    rest = '';
  }
  rest += decoder.end();
  if (rest !== '' && !tooLong) yield scrubLine(rest, context);
}

function scrubLine(line: string, { scrubber, keepPictures, trace }: ScrubContext): Line {
  const shown = keepPictures ? line : withoutPictures(line);
  // Most lines have nothing in them, and what is found in values is also found in their JSON.
  const text = shown === null || scrubber.text(shown) === shown ? shown : scrubber.json(shown, TRACE_RULES);
  trace.read(line, text);
  if (text === null) return { text, changed: true };
  return { text, changed: text !== line };
}

/** In pieces that are worth a turn. */
async function* textOf(lines: AsyncIterable<Line>): AsyncGenerator<Buffer> {
  let piece = '';
  for await (const { text } of lines) {
    if (text !== null) piece += `${text}\n`;
    if (piece.length < 64 * 1024) continue;
    yield Buffer.from(piece);
    piece = '';
  }
  yield Buffer.from(piece);
}
