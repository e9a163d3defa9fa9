/**
 * Control groups of version 2: a group whose children are limited must hold no process itself ("no internal processes"), and children
 * have only the controllers that their parent hands down. So the agent moves into a child of its own group before it makes others there.
 */
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Where an agent is that has made room. */
const LEAF = 'assay-agent';

/** The folder for groups of a process whose own one this is: the one above it, when it has made room already. */
export const folderForGroups = (own: string): string => (basename(own) === LEAF ? dirname(own) : own);

/**
 * Makes `folder`, the group that this process is in, hand `controllers` down to its children. Rejects, with everything as it was, when the group
 * is not ours to divide: no right to write it, a controller that it has not got itself, or others' processes in it.
 */
export async function makeRoomForGroups(folder: string, controllers: readonly string[]): Promise<void> {
  const handedDown = join(folder, 'cgroup.subtree_control');
  const handDown = () => writeFile(handedDown, controllers.map((name) => `+${name}`).join(' '), { flag: 'r+' });
  const has = (await readFile(handedDown, 'utf8')).trim().split(/\s+/);
  if (controllers.every((name) => has.includes(name))) return;
  // Only the first group of all may hold processes beside children.
  if (await handDown().then(() => true, (error: NodeJS.ErrnoException) => { if (error.code !== 'EBUSY') throw error; })) return;
  const leaf = join(folder, LEAF);
  await mkdir(leaf).catch((error: NodeJS.ErrnoException) => { if (error.code !== 'EEXIST') throw error; });
  try {
    await moveTo(leaf);
    await handDown();
  } catch (error) {
    await moveTo(folder).catch(() => {});
    // Another agent of this group may be in it.
    await rmdir(leaf).catch(() => {});
    throw error;
  }
}

const moveTo = (folder: string): Promise<void> => writeFile(join(folder, 'cgroup.procs'), String(process.pid), { flag: 'r+' });
