/** Where the larger parts of a zip lie: the bytes of its entries as they were packed. What is no zip, or a broken one, has none. */
import type { FileHandle } from 'node:fs/promises';
import { fromFdPromise, type ZipFile } from 'yauzl';

/** Bytes of a file: where they begin and how many they are. */
export interface Span { start: number; length: number }

/** A smaller part would take as much of a disk as it saves. */
const SMALLEST_PART = 4096;
/** Nor is it worth several files when there is less to share than this. */
const LEAST_TO_SHARE = 16 * 1024;
/** Each is written through to the disk by itself: of more, the smaller ones stay where they are. */
const MOST_PARTS = 256;
const MOST_ENTRIES = 50_000;
const LOCAL_HEADER = Buffer.from('PK\x03\x04', 'latin1');

/** @returns in the order of the file, none within another. */
export async function findParts(file: FileHandle, size: number): Promise<Span[]> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(LOCAL_HEADER.length), 0, LOCAL_HEADER.length, 0);
  if (bytesRead < LOCAL_HEADER.length || !buffer.equals(LOCAL_HEADER)) return [];
  try {
    // Names are no business of this room: they are not decoded, and cannot be refused.
    const zip = await fromFdPromise(file.fd, { autoClose: false, lazyEntries: true, decodeStrings: false });
    const spans = withoutOverlaps((await spansOf(zip)).sort((a, b) => b.length - a.length).slice(0, MOST_PARTS), size);
    return spans.reduce((all, { length }) => all + length, 0) < LEAST_TO_SHARE ? [] : spans;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    return [];
  }
}

async function spansOf(zip: ZipFile): Promise<Span[]> {
  if (zip.entryCount > MOST_ENTRIES) return [];
  const spans: Span[] = [];
  for await (const entry of zip.eachEntry()) {
    if (entry.compressedSize < SMALLEST_PART) continue;
    const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
    spans.push({ start: fileDataStart, length: entry.compressedSize });
  }
  return spans;
}

/** A zip may say anything of where its entries are; whatever it says, what is left out here stays in the rest of the file. */
function withoutOverlaps(spans: Span[], size: number): Span[] {
  let end = 0;
  return spans.toSorted((a, b) => a.start - b.start).filter(({ start, length }) => {
    if (start < end || start + length > size) return false;
    end = start + length;
    return true;
  });
}
