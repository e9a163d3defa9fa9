/**
 * Files that runs and clients leave: put, open, remove, behind one face whatever keeps the bytes.
 * Promises: a key exists only when all of its bytes are on disk; a key cannot name anything outside of the folder; what is read is what
 * was put, byte by byte, also of zips, whose equal parts are kept once (sharedParts.ts).
 * Never: knows what a file is for; rows in the store say that.
 */
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { refuse } from '../contract/errors.ts';
import { findParts } from './findParts.ts';
import { namesIn, openTogether, removeTogether, countShared, takeApart, type Range, type Sharing } from './sharedParts.ts';

export interface Stored { key: string; size: number }
export type { Range, Sharing };

export interface Assets {
  /**
   * Streams bytes to a new key. Rejects when the stream does, and then nothing is left.
   * @param owner whose zips share their equal parts: an account. Absent: the file is kept in one piece.
   */
  put(bytes: AsyncIterable<Buffer>, owner?: string): Promise<Stored>;
  /** The bytes of a key, or of a part of it. Refuses with 410 when they are gone. */
  open(key: string, range?: Range): Promise<{ stream: Readable; size: number }>;
  /** Nothing happens when it is gone already; what was cut off in the middle is carried on. */
  remove(key: string): Promise<void>;
  /** Says what sharing saves, and clears away what crashes have left of files that were begun before `before` (Unix ms; null: nothing). */
  tidy(before: number | null): Promise<Sharing>;
}

/** A file, or with `.parts` the folder of one that was taken apart. Older versions know the first form only. */
const KEY = /^[0-9a-f]{2}\/[0-9a-f-]{36}(\.parts)?$/;
const APART = '.parts';
/** Behind the name of what is not whole yet. */
const UNFINISHED = '.part';

/** Keeps files in a folder of the machine. @param newId gives a fresh uuid. */
export function openDiskAssets(folder: string, newId: () => string): Assets {
  const pathOf = (key: string) => {
    if (!KEY.test(key)) throw refuse.gone('The file');
    return join(folder, key);
  };
  return {
    async put(bytes, owner) {
      const id = newId();
      const key = `${id.slice(0, 2)}/${id}`;
      const path = pathOf(key);
      const unfinished = [`${path}${UNFINISHED}`, `${path}${APART}${UNFINISHED}`] as const;
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const file = await open(unfinished[0], 'wx+', 0o600);
      try {
        const size = await writeAll(file, bytes);
        const spans = owner === undefined ? [] : await findParts(file, size);
        if (owner === undefined || spans.length === 0) {
          await file.sync();
          await file.close();
          await rename(unfinished[0], path);
          return { key, size };
        }
        await takeApart(folder, unfinished[1], file, size, spans, owner);
        await file.close();
        await rename(unfinished[1], `${path}${APART}`);
        await rm(unfinished[0]);
        return { key: `${key}${APART}`, size };
      } catch (error) {
        await file.close().catch(() => {});
        await rm(unfinished[0], { force: true });
        await removeTogether(folder, unfinished[1]);
        throw error;
      }
    },
    async open(key, range) {
      const path = pathOf(key);
      const together = key.endsWith(APART) ? await openTogether(path, range) : await openWhole(path, range);
      if (!together) throw refuse.gone('The file');
      return together;
    },
    async remove(key) {
      const path = pathOf(key);
      await (key.endsWith(APART) ? removeTogether(folder, path) : rm(path, { force: true }));
    },
    async tidy(before) {
      if (before !== null) await clearUnfinished(folder, before);
      return countShared(folder, before !== null);
    },
  };
}

async function writeAll(file: FileHandle, bytes: AsyncIterable<Buffer>): Promise<number> {
  let size = 0;
  for await (const chunk of bytes) {
    await file.writeFile(chunk);
    size += chunk.length;
  }
  return size;
}

async function openWhole(path: string, range?: Range): Promise<{ stream: Readable; size: number } | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found && { stream: createReadStream(path, range), size: found.size };
}

async function clearUnfinished(folder: string, before: number): Promise<void> {
  for (const group of await namesIn(folder)) {
    if (group.length !== 2) continue;
    for (const name of await namesIn(join(folder, group))) {
      if (!name.endsWith(UNFINISHED)) continue;
      const path = join(folder, group, name);
      const found = await stat(path).catch(() => undefined);
      if (!found || found.mtimeMs >= before) continue;
      await (found.isDirectory() ? removeTogether(folder, path) : rm(path, { force: true }));
    }
  }
}
