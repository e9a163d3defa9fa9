/** The one folder that a job may write: made for it alone, measured while it runs, removed with everything in it. */
import { chmod, chown, lstat, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { removeControlGroups } from './controlGroup.ts';
import { isLeftOver, ownMark } from './owner.ts';

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
  const path = await mkdtemp(join(tmpdir(), `${PREFIX}${ownMark()}-`));
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

/** Removes what agents that are no more have left: processes, folders and control groups. Never rejects. */
export async function removeLeftovers(): Promise<void> {
  const leftOver = (name: string) => name.startsWith(PREFIX) && isLeftOver(name.slice(PREFIX.length));
  const names = (await readdir(tmpdir()).catch(() => [])).filter(leftOver);
  if (names.length > 0) await killThoseWith(names);
  await removeControlGroups(leftOver);
  for (const name of names) {
    // Another user's is not ours to remove.
    await removeAll(join(tmpdir(), name)).catch(() => {});
  }
}

/** A sandbox that was being made when its agent was killed waits for ever for the rest of its command line to be carried out. */
async function killThoseWith(names: readonly string[]): Promise<void> {
  for (const pid of (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (!/(^|\/)bwrap\0/.test(command) || !names.some((name) => command.includes(join(tmpdir(), name)))) continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch { /* gone by itself, or another user's */ }
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
