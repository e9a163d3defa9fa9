/**
 * Files that runs and clients leave: put, open, remove, behind one face whatever keeps the bytes.
 * Promises: a key exists only when all of its bytes are on disk; a key cannot name anything outside of the folder.
 * Never: knows what a file is for; rows in the store say that.
 */
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { refuse } from '../contract/errors.ts';

export interface Stored { key: string; size: number }
/** Byte range, both ends inclusive. */
export interface Range { start: number; end: number }

export interface Assets {
  /** Streams bytes to a new key. Rejects when the stream does, and then nothing is left. */
  put(bytes: AsyncIterable<Buffer>): Promise<Stored>;
  /** The bytes of a key, or of a part of it. Refuses with 410 when they are gone. */
  open(key: string, range?: Range): Promise<{ stream: Readable; size: number }>;
  remove(key: string): Promise<void>;
}

const KEY = /^[0-9a-f]{2}\/[0-9a-f-]{36}$/;

/** Keeps files in a folder of the machine. @param newId gives a fresh uuid. */
export function openDiskAssets(folder: string, newId: () => string): Assets {
  const pathOf = (key: string) => {
    if (!KEY.test(key)) throw refuse.gone('The file');
    return join(folder, key);
  };
  return {
    async put(bytes) {
      const id = newId();
      const key = `${id.slice(0, 2)}/${id}`;
      const path = pathOf(key);
      const part = `${path}.part`;
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const file = await open(part, 'wx', 0o600);
      let size = 0;
      try {
        for await (const chunk of bytes) {
          await file.write(chunk);
          size += chunk.length;
        }
        await file.sync();
        await file.close();
        await rename(part, path);
      } catch (error) {
        await file.close().catch(() => {});
        await rm(part, { force: true });
        throw error;
      }
      return { key, size };
    },
    async open(key, range) {
      const path = pathOf(key);
      const found = await stat(path).catch(() => undefined);
      if (!found) throw refuse.gone('The file');
      return { stream: createReadStream(path, range), size: found.size };
    },
    remove: async (key) => { await rm(pathOf(key), { force: true }); },
  };
}
