/**
 * Unpacks a code bundle (gzip tar, cli-wire 8) into a folder. Runs inside the sandbox, as the slot's user.
 * Promises: nothing is written outside of the folder; links lead nowhere but inside of it; size and number of what it writes have limits.
 * Never: devices, hard links, absolute paths, `..`; a rule that is broken in silence: the sentence names entry and rule.
 */
import { closeSync, mkdirSync, lstatSync, openSync, realpathSync, symlinkSync, unlinkSync, writeSync } from 'node:fs';
import { dirname, join, posix, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { BundleError, createTarReader, type TarEntry } from './tarReader.ts';

export interface BundleLimits { totalBytes: number; fileBytes: number; entries: number }
export interface Unpacked { entries: number; bytes: number }

/**
 * Rejects with a BundleError for what is wrong with the bundle, with others for what is wrong here. @param folder exists.
 * @param skip folders in it whose entries are read but not written.
 */
export async function unpackBundle(source: Readable, folder: string, limits: BundleLimits, skip: readonly string[] = []): Promise<Unpacked> {
  const unpacking = createUnpacking(folder, limits, skip);
  const reader = createTarReader(unpacking);
  try {
    await pipeline(source, createGunzip(), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) reader.write(chunk);
    });
    reader.end();
    if (unpacking.done.entries === 0) throw new BundleError('is empty: there is no file in it');
    unpacking.makeLinks();
    return unpacking.done;
  } catch (error) {
    unpacking.drop();
    throw explained(error as NodeJS.ErrnoException);
  }
}

function explained(error: NodeJS.ErrnoException): Error {
  if (error instanceof BundleError) return error;
  if (error.code === 'Z_BUF_ERROR') return new BundleError('ends too early: it was not sent completely');
  if (error.code?.startsWith('Z_')) return new BundleError(`is damaged: it cannot be decompressed (${error.message})`);
  if (['ENAMETOOLONG', 'EISDIR', 'ENOTDIR', 'ELOOP', 'EINVAL', 'EEXIST'].includes(error.code ?? '')) return new BundleError(`has an entry that cannot be written (${error.message.replace(/, \w+ '.*$/, '')})`);
  return error;
}

function createUnpacking(root: string, limits: BundleLimits, skip: readonly string[]) {
  const done: Unpacked = { entries: 0, bytes: 0 };
  const links: { path: string; target: string }[] = [];
  let open: number | null = null;

  const entry = (given: TarEntry): void => {
    if (++done.entries > limits.entries) throw new BundleError(`has more than ${limits.entries} entries`);
    const path = safePath(given);
    const skipped = skip.some((folder) => path === folder || path.startsWith(`${folder}/`));
    if (given.type === 'folder') {
      if (skipped) return;
      if (path !== '') mkdirSync(join(root, path), { recursive: true });
    } else if (given.type === 'link') {
      const target = safeTarget(given, path);
      if (!skipped) links.push({ path, target });
    } else if (given.type === 'file') {
      if (given.size > limits.fileBytes) throw new BundleError(`has a file that is too large: "${shown(given.path)}" is longer than ${megabytes(limits.fileBytes)}`);
      done.bytes += given.size;
      if (done.bytes > limits.totalBytes) throw new BundleError(`is too large: unpacked it is longer than ${megabytes(limits.totalBytes)}`);
      if (skipped) return;
      const full = join(root, path);
      mkdirSync(dirname(full), { recursive: true });
      if (lstatSync(full, { throwIfNoEntry: false })?.isFile()) unlinkSync(full);
      open = openSync(full, 'wx', given.executable ? 0o755 : 0o644);
    } else throw new BundleError(`has a ${given.type} ("${shown(given.path)}"): only files, folders and symbolic links are allowed`);
  };

  return {
    done, entry,
    data(bytes: Uint8Array) {
      for (let at = 0; open !== null && at < bytes.length;) at += writeSync(open, bytes, at);
    },
    entryEnd() {
      if (open !== null) closeSync(open);
      open = null;
    },
    drop() {
      if (open !== null) closeSync(open);
      open = null;
    },
    /** Last of all, so that no file is written through one; where they lead in truth is known only when all are there. */
    makeLinks() {
      for (const { path, target } of links) {
        const full = join(root, path);
        mkdirSync(dirname(full), { recursive: true });
        symlinkSync(target, full);
      }
      const inside = realpathSync.native(root);
      for (const { path } of links) {
        const real = realOf(join(root, path));
        if (real !== null && real !== inside && !real.startsWith(inside + sep)) throw new BundleError(`has a link that leads out of it: "${shown(path)}"`);
      }
    },
  };
}

/** Null for one that leads nowhere. */
function realOf(path: string): string | null {
  try {
    // The other one takes `..` after a link as text.
    return realpathSync.native(path);
  } catch {
    return null;
  }
}

/** The entry's path without empty parts; '' for the root itself. */
function safePath({ path, type }: TarEntry): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (path.startsWith('/') || path.includes('\0')) throw new BundleError(`has an absolute path: "${shown(path)}"`);
  if (parts.includes('..')) throw new BundleError(`has a path that leads out of it: "${shown(path)}"`);
  if (parts.length === 0 && type !== 'folder') throw new BundleError('has an entry without a name');
  return parts.join('/');
}

function safeTarget({ path, linkTarget }: TarEntry, clean: string): string {
  const lands = posix.normalize(posix.join(posix.dirname(clean), linkTarget));
  if (linkTarget === '' || linkTarget.startsWith('/') || linkTarget.includes('\0') || lands === '..' || lands.startsWith('../')) {
    throw new BundleError(`has a link that leads out of it: "${shown(path)}" -> "${shown(linkTarget)}"`);
  }
  return linkTarget;
}

const shown = (path: string): string => (path.length > 200 ? `${path.slice(0, 200)}…` : path);
const megabytes = (bytes: number): string => `${Math.floor(bytes / 1024 / 1024)} MB`;
