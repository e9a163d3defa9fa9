/**
 * Control groups: a limit on the memory and the processes of a whole job, where the kernel and our rights allow it.
 * Version 2 and version 1 are tried by making a group, as it is the only way to know; without either, limits a process remain.
 */
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { folderForGroups, makeRoomForGroups } from './roomForGroups.ts';
import type { SandboxLimits } from './sandbox.ts';

/** Where groups can be made; null where they cannot. In version 1 each kind of limit has a tree of its own. */
export type ControlGroupPlace = { version: 2; folder: string } | { version: 1; memory: string; pids: string } | null;
type Limits = Pick<SandboxLimits, 'memoryBytes' | 'processes'>;

export interface ControlGroup {
  /** Files that a process writes its id to. */
  members: readonly string[];
  /** Kills what is still in it and removes it. */
  close(): Promise<void>;
}

const ROOT = '/sys/fs/cgroup';
const LOOKS = 100;
/** Version 2; absent where the kernel does not account for swap, which is then not limited. */
const SWAP = 'memory.swap.max';

/** Where this process is, and so where groups of its own would be. */
async function candidates(): Promise<NonNullable<ControlGroupPlace>[]> {
  const own = await readFile('/proc/self/cgroup', 'utf8').catch(() => '');
  const paths = new Map(own.trim().split('\n').map((line) => {
    const [, controllers = '', path = ''] = line.split(':');
    return [controllers, path] as const;
  }));
  return [
    { version: 2, folder: folderForGroups(join(ROOT, paths.get('') ?? '')) },
    { version: 1, memory: join(ROOT, 'memory', paths.get('memory') ?? ''), pids: join(ROOT, 'pids', paths.get('pids') ?? '') },
  ];
}

const foldersOf = (place: NonNullable<ControlGroupPlace>): string[] => (place.version === 2 ? [place.folder] : [place.memory, place.pids]);

/** Tries to make a group, and removes it again. */
export async function findControlGroup(): Promise<ControlGroupPlace> {
  for (const place of await candidates()) {
    try {
      if (place.version === 2) await makeRoomForGroups(place.folder, ['memory', 'pids']);
      await (await openControlGroup(place, `assay-trial-${process.pid}`, { memoryBytes: 64 * 1024 * 1024, processes: 16 })).close();
      return place;
    } catch { /* not here */ }
  }
  return null;
}

/** Ends what is still in the groups of these names, and removes them. Never rejects. */
export async function removeControlGroups(which: (name: string) => boolean): Promise<void> {
  for (const folder of (await candidates()).flatMap(foldersOf)) {
    for (const name of await readdir(folder).catch(() => [])) if (which(name)) await emptyAndRemove(join(folder, name));
  }
}

/** Makes a group of this name. Rejects where it cannot be made or limited; nothing is left behind then. */
export async function openControlGroup(place: ControlGroupPlace, name: string, limits: Limits): Promise<ControlGroup> {
  if (place === null) return { members: [], close: async () => {} };
  const folders = foldersOf(place).map((folder) => join(folder, name));
  const group = {
    members: folders.map((folder) => join(folder, 'cgroup.procs')),
    close: async () => { for (const folder of folders) await emptyAndRemove(folder); },
  };
  try {
    for (const folder of folders) await mkdir(folder);
    // Only files that the kernel has put there: where nothing is mounted these would be ordinary ones.
    for (const [file, value] of settingsOf(place, folders, limits)) {
      await writeFile(file, String(value), { flag: 'r+' }).catch((error: NodeJS.ErrnoException) => { if (error.code !== 'ENOENT' || basename(file) !== SWAP) throw error; });
    }
    return group;
  } catch (error) {
    await group.close();
    throw error;
  }
}

function settingsOf(place: NonNullable<ControlGroupPlace>, folders: readonly string[], { memoryBytes, processes }: Limits): [file: string, value: number][] {
  const [first = '', second = ''] = folders;
  if (place.version === 2) return [[join(first, 'memory.max'), memoryBytes], [join(first, SWAP), 0], [join(first, 'pids.max'), processes]];
  return [[join(first, 'memory.limit_in_bytes'), memoryBytes], [join(first, 'memory.memsw.limit_in_bytes'), memoryBytes], [join(second, 'pids.max'), processes]];
}

/** A killed process stays a member until the kernel has cleared it away. */
async function emptyAndRemove(folder: string): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    const members = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '');
    for (const pid of members.split('\n').map(Number).filter((id) => id > 0)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch { /* gone by itself */ }
    }
    const gone = await rmdir(folder).then(() => true, (error: NodeJS.ErrnoException) => error.code !== 'EBUSY');
    if (gone) return;
    await sleep(10);
  }
}
