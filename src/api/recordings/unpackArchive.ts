/**
 * The archive of a recorded run becomes single files; of a large one (a report of thousands of pages) what a result does not name stays
 * inside, and is told by its entries (G.4). It comes from outside, so nothing in it is trusted.
 * Promises: every file is kept or none; sizes are limited before and while they are inflated; a name is a label and never a path.
 */
import { PassThrough, pipeline, type Readable } from 'node:stream';
import yauzl from 'yauzl';
import type { Assets, Stored } from '../../assets/openAssets.ts';
import { Refusal, refuse } from '../../contract/errors.ts';
import type { AssetType } from '../../contract/results.ts';
import type { ArchiveEntry, RunFile } from '../../sessions/files.ts';

/** Files in one archive; those that become single ones; and bytes of these once inflated. */
const MOST_FILES = 20_000;
const MOST_SINGLE = 5_000;
/** An archive of more than these stays one. */
const SMALL = 1_000;
const MOST_BYTES = 2 * 1024 ** 3;
const LONGEST_NAME = 500;
/** As the reporter calls it. */
const ARCHIVE_NAME = 'assets.zip';

const TYPES: Readonly<Record<string, string>> = {
  zip: 'application/zip', webm: 'video/webm', mp4: 'video/mp4', png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp',
  json: 'application/json', txt: 'text/plain', md: 'text/markdown', html: 'text/html', css: 'text/css', har: 'application/json', xml: 'application/xml', pdf: 'application/pdf',
};

/** What a file of the reporter's archive is, by its place in it. */
export function kindOfEntry(name: string): { type: AssetType; contentType: string } {
  const base = name.slice(name.lastIndexOf('/') + 1).toLowerCase();
  const contentType = TYPES[base.slice(base.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
  if (name === 'output/checkly-report.json') return { type: 'report', contentType };
  if (name === 'logs.txt') return { type: 'log', contentType: 'application/json' };
  if (/^trace.*\.zip$/.test(base)) return { type: 'trace', contentType };
  if (contentType.startsWith('video/')) return { type: 'video', contentType };
  return { type: contentType.startsWith('image/') ? 'screenshot' : 'file', contentType };
}

/** Reads the stored archive where it is, piece by piece. */
class StoredArchive extends yauzl.RandomAccessReader {
  readonly #open: (start: number, end: number) => Promise<Readable>;
  constructor(open: (start: number, end: number) => Promise<Readable>) {
    super();
    this.#open = open;
  }
  /** @param end exclusive. */
  override _readStreamForRange(start: number, end: number): Readable {
    const through = new PassThrough();
    if (end <= start) return through.end();
    this.#open(start, end - 1).then((stream) => pipeline(stream, through, () => { /* the reader hears of it from `through` */ }), (error: Error) => through.destroy(error));
    return through;
  }
}

const cleanName = (name: string): string => name.slice(-LONGEST_NAME).toWellFormed().replaceAll('\0', '');

/** @param archive is left where it is. @param owner the account. Rejects with 400 for what is no readable zip, with 413 for one that holds too much. */
export async function unpackArchive(assets: Assets, archive: Stored, owner: string): Promise<RunFile[]> {
  const kept: RunFile[] = [];
  const inside: ArchiveEntry[] = [];
  try {
    const reader = new StoredArchive(async (start, end) => (await assets.open(archive.key, { start, end })).stream);
    const zip = await yauzl.fromRandomAccessReaderPromise(reader, archive.size, { autoClose: false, lazyEntries: true });
    if (zip.entryCount > MOST_FILES) throw new Refusal(413, `The archive has more than ${MOST_FILES} files.`);
    let room = MOST_BYTES;
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue;
      const name = cleanName(entry.fileName);
      const kind = kindOfEntry(entry.fileName);
      if (zip.entryCount > SMALL && kind.type === 'file') {
        inside.push({ name, ...kind });
        continue;
      }
      if (kept.length >= MOST_SINGLE) throw new Refusal(413, `The archive has more than ${MOST_SINGLE} files that a result names.`);
      // What an entry says of its size is held against what comes out of it.
      room -= entry.uncompressedSize;
      if (room < 0) throw refuse.tooLarge(MOST_BYTES);
      const content = await zip.openReadStreamPromise(entry);
      // It may break before its reader has begun; the reader finds the error then, but the event must not end the process.
      content.on('error', () => {});
      const { key, size } = await assets.put(content, owner);
      kept.push({ storageKey: key, size, name, ...kind });
    }
    if (inside.length > 0) {
      const { key, size } = await assets.put((await assets.open(archive.key)).stream, owner);
      kept.push({ storageKey: key, size, name: ARCHIVE_NAME, type: 'file', contentType: 'application/zip', entries: inside });
    }
    return kept;
  } catch (error) {
    for (const { storageKey } of kept) await assets.remove(storageKey);
    // A full disk is nothing that the sender could mend.
    if (error instanceof Refusal || (error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    throw refuse.badRequest(`The body is not a zip archive that can be read: ${(error as Error).message}`);
  }
}
