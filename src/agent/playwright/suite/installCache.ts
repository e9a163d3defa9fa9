/**
 * Installed packages that runs share (C.6): made once, then read by many at a time and changed by nobody.
 * Promises: an entry is whole or not there; who needs the same one at the same time waits for it instead of making it again; what nobody
 * has used for 30 days goes, and the least used when all are too large; what is in use stays.
 * Never: an entry of a failed install; an entry that any test could have written to: it is closed before the first one runs.
 */
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { weigh, type Weight } from './adoptFolder.ts';

/** What an install has left. */
export interface Installed extends Weight {
  /** Each node_modules, relative to the project's root: found in `tree` below the entry's folder. */
  folders: readonly string[];
  /** Of the project's own Playwright; its browsers.json is in the entry's folder. */
  playwright: { version: string } | null;
}

export interface Install extends Installed {
  /** Absolute. `tree` is in it, and later perhaps compiled code (compileInstall.ts). */
  folder: string;
}

/** @property end whatever `make` gave instead. */
export type Taken<Failed> =
  | { kind: 'installed'; install: Install; fresh: boolean; /** Nobody reads it any more. */ release(): Promise<void>; /** It is damaged: nobody gets it again. */ discard(): Promise<void> }
  | { kind: 'failed'; end: Failed };

export interface InstallCache {
  /**
   * @param key null: it is for this run alone. @param refresh it is made anew, whatever there is.
   * @param make fills the (empty) folder that it is given. Rejects with what `make` rejects with, or for a folder that cannot be written.
   */
  take<Failed>(key: string | null, refresh: boolean, make: (folder: string) => Promise<Installed | { failed: Failed }>): Promise<Taken<Failed>>;
}

export interface CacheOptions { folder: string; /** Bytes of all entries. */ sizeLimit?: number; /** Unix ms. */ now(): number }

const DAY = 86_400_000;
const UNUSED_MS = 30 * DAY;
const SIZE_LIMIT = 10 * 1024 ** 3;
/** What is not pointed to, and this old, is left from an agent that was killed. */
const ORPHAN_MS = DAY;
const POINTER = /^[0-9a-f]{64}\.json$/;

/** Looks at nothing yet. */
export function openInstallCache({ folder, sizeLimit = SIZE_LIMIT, now }: CacheOptions): InstallCache {
  return new FolderCache(folder, sizeLimit, now);
}

type Make<Failed> = (folder: string) => Promise<Installed | { failed: Failed }>;

/** Entries are folders; a small file a key points to the one that counts, so that a new one takes the place of an old one in one step. */
class FolderCache implements InstallCache {
  private readonly readers = new Map<string, number>();
  /** To be removed when nobody reads them any more. */
  private readonly doomed = new Set<string>();
  private readonly making = new Map<string, Promise<unknown>>();
  private readonly place: string;
  private readonly sizeLimit: number;
  private readonly now: () => number;

  constructor(place: string, sizeLimit: number, now: () => number) {
    this.place = place;
    this.sizeLimit = sizeLimit;
    this.now = now;
  }

  private pointerOf(key: string): string {
    return join(this.place, `${key}.json`);
  }

  private async drop(folder: string): Promise<void> {
    this.doomed.add(folder);
    if ((this.readers.get(folder) ?? 0) > 0) return;
    await rm(folder, { recursive: true, force: true });
    this.doomed.delete(folder);
  }

  private async found(key: string): Promise<Install | null> {
    try {
      const { name, ...installed } = JSON.parse(await readFile(this.pointerOf(key), 'utf8')) as Installed & { name: string };
      const folder = join(this.place, basename(name));
      for (const path of installed.folders) if (!(await stat(join(folder, 'tree', path))).isDirectory()) return null;
      await utimes(this.pointerOf(key), this.now() / 1_000, this.now() / 1_000);
      return { ...installed, folder };
    } catch {
      return null;
    }
  }

  private taken<Failed>(key: string | null, install: Install, fresh: boolean): Taken<Failed> {
    this.readers.set(install.folder, (this.readers.get(install.folder) ?? 0) + 1);
    let open = true;
    const release = async () => {
      if (!open) return;
      open = false;
      const left = (this.readers.get(install.folder) ?? 1) - 1;
      if (left > 0) this.readers.set(install.folder, left);
      else this.readers.delete(install.folder);
      if (left === 0 && (key === null || this.doomed.has(install.folder))) await this.drop(install.folder);
    };
    return {
      kind: 'installed', install, fresh, release,
      discard: async () => {
        if (key !== null && (await this.found(key))?.folder === install.folder) await rm(this.pointerOf(key), { force: true });
        this.doomed.add(install.folder);
        await release();
      },
    };
  }

  private async makeOne<Failed>(key: string | null, make: Make<Failed>): Promise<Taken<Failed>> {
    await mkdir(this.place, { recursive: true });
    const folder = await mkdtemp(join(this.place, 'install-'));
    try {
      const made = await make(folder);
      if ('failed' in made) {
        await rm(folder, { recursive: true, force: true });
        return { kind: 'failed', end: made.failed };
      }
      const install: Install = { ...made, folder };
      const result = this.taken<Failed>(key, install, true);
      if (key !== null) await this.publish(key, install);
      return result;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  private async publish(key: string, { folder, ...installed }: Install): Promise<void> {
    const before = await this.found(key);
    await writeFile(`${folder}/pointer`, JSON.stringify({ name: basename(folder), ...installed }));
    await utimes(`${folder}/pointer`, this.now() / 1_000, this.now() / 1_000);
    await rename(`${folder}/pointer`, this.pointerOf(key));
    if (before !== null) await this.drop(before.folder);
    await this.tidy();
  }

  private async tidy(): Promise<void> {
    const names = await readdir(this.place);
    const entries = (await Promise.all(names.filter((name) => POINTER.test(name)).map(async (name) => {
      const usedAt = (await stat(join(this.place, name)).catch(() => null))?.mtimeMs ?? this.now();
      const pointer = JSON.parse(await readFile(join(this.place, name), 'utf8').catch(() => '{}')) as Partial<Installed & { name: string }>;
      return { name, usedAt, folder: join(this.place, basename(pointer.name ?? 'none')), bytes: pointer.bytes ?? 0 };
    }))).sort((a, b) => b.usedAt - a.usedAt);
    let bytes = 0;
    for (const entry of entries) {
      bytes += entry.bytes;
      if (this.readers.has(entry.folder) || (this.now() - entry.usedAt < UNUSED_MS && bytes <= this.sizeLimit)) continue;
      bytes -= entry.bytes;
      await rm(join(this.place, entry.name), { force: true });
      await this.drop(entry.folder);
    }
    const known = new Set(entries.map(({ folder }) => folder));
    for (const name of names.filter((one) => one.startsWith('install-'))) {
      const folder = join(this.place, name);
      if (known.has(folder) || this.readers.has(folder) || this.now() - ((await stat(folder).catch(() => null))?.mtimeMs ?? this.now()) < ORPHAN_MS) continue;
      await this.drop(folder);
    }
  }

  async take<Failed>(key: string | null, refresh: boolean, make: Make<Failed>): Promise<Taken<Failed>> {
    if (key === null) return this.makeOne(null, make);
    for (let joined = false; ;) {
      const pending = this.making.get(key);
      if (pending !== undefined) {
        // What another run makes at this moment is new enough for everybody.
        joined = true;
        await pending.catch(() => {});
        continue;
      }
      const install = refresh && !joined ? null : await this.found(key);
      if (install !== null) return this.taken(key, install, false);
      if (this.making.has(key)) continue;
      const mine = this.makeOne(key, make);
      this.making.set(key, mine);
      try {
        return await mine;
      } finally {
        this.making.delete(key);
      }
    }
  }
}

/** Whether all of an install is still there. Slow: every file is looked at. */
export async function isWhole({ folder, folders, files, bytes }: Install): Promise<boolean> {
  const now: Weight = { files: 0, bytes: 0 };
  for (const path of folders) {
    const { files: more, bytes: size } = await weigh(join(folder, 'tree', path));
    now.files += more;
    now.bytes += size;
  }
  return now.files === files && now.bytes === bytes;
}
