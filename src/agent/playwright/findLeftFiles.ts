/** What a run of a single file has left in its folder beside what its tests have told: the report, pictures that the user made, golden files. */
import { createHash } from 'node:crypto';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { EvidenceFile } from '../evidence/createEvidence.ts';
import { openFound } from '../evidence/openFound.ts';
import { OWN_FOLDER, REPORT, RESULTS } from './inside/messages.ts';

export interface LeftFiles {
  files: EvidenceFile[];
  /** Golden files that are new, or other than those that were given: relative to the project. */
  snapshots: string[];
}

const DEEPEST = 12;
const MOST_SEEN = 5_000;
/** Bytes of a golden file that is compared with what was given. */
const LARGEST_SNAPSHOT = 32 * 1024 * 1024;
const PICTURE = /\.(png|jpe?g)$/i;
const TRACE = /(^|\/)trace[^/]*\.zip$/;

/** @param given the golden files that the run was given: SHA-256 in hex by path. @param told paths that are known already. */
export async function findLeftFiles(folder: string, given: ReadonlyMap<string, string>, told: ReadonlySet<string>): Promise<LeftFiles> {
  const found: LeftFiles = { files: [], snapshots: [] };
  if (await isFile(join(folder, OWN_FOLDER, REPORT))) found.files.push({ path: `${OWN_FOLDER}/${REPORT}`, name: 'report.json', type: 'report', contentType: 'application/json' });
  for (const path of await list(folder)) {
    if (path.startsWith('node_modules/')) continue;
    const own = path.startsWith(`${OWN_FOLDER}/`);
    // Playwright tells of golden files as attachments of the test.
    if (!own && /-snapshots\//.test(path)) {
      if (await hashOf(folder, path) !== given.get(path)) found.snapshots.push(path);
    } else if (told.has(path)) continue;
    else if (own) {
      // A run that was cut short has not told all of them.
      const base = path.split('/').at(-1) ?? '';
      if (!path.startsWith(`${OWN_FOLDER}/${RESULTS}/`) || path.includes('/.playwright-artifacts')) continue;
      if (TRACE.test(path)) found.files.push({ path, name: base, type: 'trace', contentType: 'application/zip' });
      else if (path.endsWith('.webm')) found.files.push({ path, name: base, type: 'video', contentType: 'video/webm' });
    } else if (PICTURE.test(path) && !given.has(path)) {
      found.files.push({ path, name: path, type: 'screenshot', contentType: path.toLowerCase().endsWith('png') ? 'image/png' : 'image/jpeg' });
    }
  }
  return found;
}

const isFile = async (path: string): Promise<boolean> => (await lstat(path).catch(() => null))?.isFile() === true;

/** Paths of files, relative, links not followed. */
async function list(folder: string): Promise<string[]> {
  const paths: string[] = [];
  const open = [{ path: '', depth: 0 }];
  for (let at = open.shift(); at !== undefined && paths.length < MOST_SEEN; at = open.shift()) {
    for (const entry of await readdir(join(folder, at.path), { withFileTypes: true }).catch(() => [])) {
      const path = at.path === '' ? entry.name : `${at.path}/${entry.name}`;
      if (entry.isFile()) paths.push(path);
      else if (entry.isDirectory() && at.depth < DEEPEST && path !== 'node_modules') open.push({ path, depth: at.depth + 1 });
    }
  }
  return paths.sort();
}

async function hashOf(folder: string, path: string): Promise<string | null> {
  const opened = await openFound(folder, path);
  if (typeof opened === 'string') return null;
  try {
    if (opened.size > LARGEST_SNAPSHOT) return null;
    const bytes = Buffer.alloc(opened.size);
    await opened.handle.read(bytes, 0, opened.size, 0);
    return createHash('sha256').update(bytes).digest('hex');
  } finally {
    await opened.handle.close();
  }
}
