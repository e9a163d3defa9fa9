/**
 * Compiled code of Playwright and of our own programs inside, so that they need less of the processor to start.
 * Promises: jobs read it and cannot change it; the agent's own is made from files that are its own; where there is none, everything goes on without.
 * Never: code of one install for another one; code that a test could have written.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';

export interface CompileCache {
  /** What NODE_COMPILE_CACHE is to be; jobs must be able to read it. */
  path: string;
  /** Node keeps the caches of users apart: from now on this one has ours. */
  admit(uid: number | null): Promise<void>;
}

/** ms that making it may take. */
const PATIENCE_MS = 30_000;

/** @param folder the agent's own. @param key changes with whatever is compiled. @param args what Node is started with to load it all. @returns null where it cannot be made. */
export async function openCompileCache(folder: string, key: string, args: readonly string[]): Promise<CompileCache | null> {
  const path = join(folder, 'compiled', `${process.version}-${key}`);
  try {
    if (await ownFolder(path) === null) await make(path, args);
    await removeLinks(path);
    return await readyCache(path);
  } catch {
    return null;
  }
}

/** One that is there already and that no job can change any more; null: it is empty. */
export async function readyCache(path: string): Promise<CompileCache | null> {
  const own = await ownFolder(path);
  if (own === null) return null;
  const base = own.replace(/-\d+$/, '');
  return {
    path,
    async admit(uid) {
      // The one of the user who made it is the folder itself.
      if (uid !== null && `${base}-${uid}` !== own) await symlink(own, join(path, `${base}-${uid}`)).catch(() => { /* it is there already */ });
    },
  };
}

/** The folder in it that the user who made it has; the others are links. */
async function ownFolder(path: string): Promise<string | null> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.find((entry) => entry.isDirectory())?.name ?? null;
}

/** Those of agents before this one; another that runs now does without until it makes them anew. */
async function removeLinks(path: string): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true })) if (entry.isSymbolicLink()) await rm(join(path, entry.name), { force: true });
}

/** Complete or not at all: two agents may make it at once. */
async function make(path: string, args: readonly string[]): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true, mode: 0o755 });
  const draft = await mkdtemp(`${path}-`);
  try {
    const child = spawn(process.execPath, args, { env: { NODE_COMPILE_CACHE: draft }, stdio: 'ignore', timeout: PATIENCE_MS, killSignal: 'SIGKILL' });
    const [code] = await once(child, 'exit') as [number | null];
    if (code !== 0) return;
    // Files that Node writes there are for their owner alone.
    await chmod(draft, 0o755);
    for (const entry of await readdir(draft, { withFileTypes: true, recursive: true })) await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
    await rename(draft, path).catch(() => { /* another one was faster */ });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
