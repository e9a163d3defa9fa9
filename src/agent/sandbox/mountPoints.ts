/** Makes the places in a job folder where other folders are shown; what a user has put there is never followed. */
import { chown, lstat, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { SandboxFacts } from './findSandbox.ts';
import type { Mount } from './sandboxCommand.ts';

/**
 * @param folder the job folder; `uid`: who owns what is made there; null: the agent's own user.
 * Rejects when something else is at the place, or on the way to it, and at level `none` for places outside of the folder.
 */
export async function makeMountPoints(level: SandboxFacts['level'], folder: string, uid: number | null, mounts: readonly Mount[]): Promise<void> {
  for (const mount of mounts) {
    if (typeof mount === 'string') continue;
    const path = resolve(folder, mount.to);
    const inFolder = path.startsWith(folder + sep);
    if (level === 'none') {
      if (!inFolder) throw new Error(`Without a sandbox nothing can be shown at ${mount.to}, which is outside of the job folder.`);
      await makeFolders(folder, dirname(path), uid);
      await symlink(mount.from, path);
    } else if (inFolder) {
      await makePoint(mount.from, folder, path, uid);
    }
  }
}

async function makePoint(from: string, folder: string, path: string, uid: number | null): Promise<void> {
  if ((await stat(from)).isDirectory()) return makeFolders(folder, path, uid);
  await makeFolders(folder, dirname(path), uid);
  await writeFile(path, '', { flag: 'wx' });
  if (uid !== null) await chown(path, uid, uid);
}

/** Step by step, so that a symbolic link on the way is seen: whoever makes folders behind it may do so with the rights of root. */
async function makeFolders(folder: string, path: string, uid: number | null): Promise<void> {
  let at = folder;
  for (const name of relative(folder, path).split(sep).filter((part) => part !== '')) {
    at = join(at, name);
    const found = await lstat(at).catch(() => null);
    if (found === null) {
      await mkdir(at);
      if (uid !== null) await chown(at, uid, uid);
    } else if (!found.isDirectory()) {
      throw new Error(`Nothing can be shown at ${relative(folder, path)}: ${relative(folder, at)} is there and is no folder.`);
    }
  }
}
