/** The one folder that a job may write: made for it alone, measured while it runs, removed with everything in it. */
import { chmod, chown, lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const PREFIX = 'assay-job-';
/** A file takes up at least a block. */
const BLOCK = 4096;

export interface JobFolder {
  path: string;
  name: string;
  remove(): Promise<void>;
}

/** @param uid who owns it; null: the agent's own user. */
export async function makeJobFolder(uid: number | null): Promise<JobFolder> {
  // The id of the agent in its name tells later ones whether it is still in use.
  const path = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  if (uid !== null) await chown(path, uid, uid);
  return { path, name: basename(path), remove: () => removeAll(path) };
}

/** Bytes in the folder, links not followed; files that vanish meanwhile are not counted. Stops counting beyond `enough`. */
export async function measureFolder(path: string, enough: number): Promise<number> {
  let bytes = 0;
  const open = [path];
  for (let folder = open.pop(); folder !== undefined && bytes <= enough; folder = open.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const child = join(folder, entry.name);
      if (entry.isDirectory()) open.push(child);
      const blocks = entry.isFile() ? (await lstat(child).catch(() => null))?.blocks ?? 0 : 0;
      bytes += Math.max(BLOCK, blocks * 512);
      if (bytes > enough) break;
    }
  }
  return bytes;
}

/** Removes the folders of agents that are no more. */
export async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (owner === undefined || isAlive(Number(owner))) continue;
    // Another user's is not ours to remove.
    await removeAll(join(tmpdir(), name)).catch(() => {});
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Folders that their owner has closed are opened first: only root may look into them otherwise. */
async function removeAll(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(async () => {
    await openFolders(path);
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  });
}

async function openFolders(path: string): Promise<void> {
  await chmod(path, 0o700);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await openFolders(join(path, entry.name));
  }
}
