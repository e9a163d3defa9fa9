/** Takes folders that a job has made out of its reach: what is taken belongs to the agent and cannot be changed by jobs any more. */
import { chmod, cp, lchown, lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface Weight { files: number; bytes: number }

/** Entries of all adopted folders together; more is no project's install. */
const MOST_FILES = 1_000_000;

/**
 * Moves `from`/`path` to `to`/`path`. The job's processes must be gone. Rejects when something on the way is no plain folder, and for what
 * is no file, folder or link. @param path relative, from inside: not to be trusted. @param uid the job's user; null: the agent's own.
 */
export async function adoptFolder(from: string, path: string, to: string, uid: number | null): Promise<Weight> {
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0'))) throw new Error(`"${path}" is no path of a folder.`);
  let at = from;
  for (const part of parts) {
    at = join(at, part);
    if (!(await lstat(at)).isDirectory()) throw new Error(`"${path}" is no folder.`);
  }
  const target = join(to, path);
  await mkdir(dirname(target), { recursive: true });
  await rename(at, target).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EXDEV') throw error;
    await cp(at, target, { recursive: true, verbatimSymlinks: true, errorOnExist: true, force: false });
    await rm(at, { recursive: true, force: true });
  });
  const weight: Weight = { files: 0, bytes: 0 };
  await own(target, uid, weight);
  return weight;
}

/** Counts, and takes from the job's user what it could write with. */
async function own(path: string, uid: number | null, weight: Weight): Promise<void> {
  const facts = await lstat(path);
  if (!facts.isFile() && !facts.isDirectory() && !facts.isSymbolicLink()) throw new Error('The install has left something that is no file.');
  if (++weight.files > MOST_FILES) throw new Error('The install has left too many files.');
  if (uid !== null) {
    // A hard link to somebody else's file is not the job's to give away; what was copied is the agent's own already.
    if (facts.uid !== uid && facts.uid !== process.getuid?.()) throw new Error('The install has left a file of somebody else.');
    await lchown(path, process.getuid?.() ?? 0, process.getgid?.() ?? 0);
  }
  if (facts.isSymbolicLink()) return;
  // Everybody may read; nobody but the owner may write; no program runs as its owner.
  const executable = facts.isDirectory() || (facts.mode & 0o111) !== 0;
  await chmod(path, executable ? 0o755 : 0o644);
  if (facts.isFile()) weight.bytes += facts.size;
  else for (const name of await readdir(path)) await own(join(path, name), uid, weight);
}

/** What is there now, counted as when it was adopted; links are not followed. */
export async function weigh(path: string): Promise<Weight> {
  const weight: Weight = { files: 0, bytes: 0 };
  const look = async (at: string): Promise<void> => {
    const facts = await lstat(at).catch(() => null);
    if (facts === null) return;
    weight.files += 1;
    if (facts.isFile()) weight.bytes += facts.size;
    if (facts.isDirectory()) for (const name of await readdir(at)) await look(join(at, name));
  };
  await look(path);
  return weight;
}
