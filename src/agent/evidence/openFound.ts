/** Opens a file that a job has left. Its folder was written by hostile code, and the agent may be allowed to read everything. */
import { constants } from 'node:fs';
import { lstat, open, realpath, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** A file that may be read; whoever opened it closes `handle`. */
export interface OpenFound { handle: FileHandle; size: number }

/**
 * @param path relative to `folder`, with slashes.
 * @returns the sentence that says why it cannot be taken, where it cannot: a link anywhere on the way, no regular file, a file with
 * a second name (which may be somebody else's file), a place outside of the folder.
 */
export async function openFound(folder: string, path: string): Promise<OpenFound | string> {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (path.startsWith('/') || parts.length === 0 || parts.includes('..') || path.includes('\0')) return 'it is not in the folder of the run';
  try {
    const root = await realpath(folder);
    const { dev } = await lstat(root);
    let at = root;
    for (const part of parts.slice(0, -1)) {
      at = join(at, part);
      const facts = await lstat(at);
      if (!facts.isDirectory() || facts.dev !== dev) return 'there is a link on the way to it';
    }
    // Nothing of the job lives any more, so what was looked at is what is opened. A pipe must not make us wait.
    const handle = await open(join(at, parts.at(-1)!), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const facts = await handle.stat();
    // Its device says nothing: on an overlay of two file systems, as in containers, it is not that of its folder.
    const why = !facts.isFile() ? 'it is no regular file' : facts.nlink !== 1 ? 'it is a link to another file' : null;
    if (why === null) return { handle, size: facts.size };
    await handle.close();
    return why;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ELOOP' || code === 'EMLINK') return 'it is a link';
    if (code === 'ENOENT') return 'it is not there any more';
    return `it cannot be read (${code ?? 'for a reason that the system does not name'})`;
  }
}
