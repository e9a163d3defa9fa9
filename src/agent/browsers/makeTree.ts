/** A folder that looks to Playwright like the place of its own downloads, and whose programs are the ones of this machine. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PROGRAMS, type Program } from './findPrograms.ts';
import type { BrowserList } from './readBrowserList.ts';
import { FLAGS, type Trial } from './tryBrowser.ts';

/** What a tree is made of. */
export interface Furnishing {
  list: BrowserList;
  chromium: Trial;
  headlessShell: Trial | null;
  ffmpeg: Program | null;
  /** Where Playwright's own Firefox and WebKit are, by their folder names. */
  linked: Readonly<Record<string, string>>;
}

/** Playwright looks for missing libraries anew when its mark is older than a month; a trial has shown that there are none. */
const NEVER_STALE = new Date('2100-01-01T00:00:00Z');

/** @param folder the agent's own. @returns the path of the tree, made by the first who asks for it. Rejects when it cannot be written. */
export async function makeTree(folder: string, furnishing: Furnishing): Promise<string> {
  const files = filesOf(furnishing);
  const key = createHash('sha256').update(JSON.stringify([files, furnishing.linked])).digest('hex').slice(0, 16);
  const path = join(folder, 'browsers', key);
  if (existsSync(path)) return path;
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  const fresh = await mkdtemp(`${path}-`);
  try {
    for (const [name, text] of Object.entries(files)) await write(join(fresh, name), text);
    for (const [name, target] of Object.entries(furnishing.linked)) await symlink(target, join(fresh, name));
    await chmod(fresh, 0o755);
    await rename(fresh, path).catch((error: unknown) => { if (!existsSync(path)) throw error; });
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return path;
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  await writeFile(path, text, { mode: 0o755 });
  if (path.endsWith('DEPENDENCIES_VALIDATED')) await utimes(path, NEVER_STALE, NEVER_STALE);
}

/** Texts by their paths in the tree. */
function filesOf({ list, chromium, headlessShell, ffmpeg }: Furnishing): Record<string, string> {
  const texts = {
    chromium: browserScript(chromium),
    'chromium-headless-shell': headlessShell && browserScript(headlessShell),
    ffmpeg: ffmpeg && script(ffmpeg, 'exec "$program" "$@"'),
  };
  const files: Record<string, string> = {};
  for (const build of ['chromium', 'chromium-headless-shell', 'ffmpeg'] as const) {
    const text = texts[build];
    if (text === null) continue;
    for (const name of list[build]) {
      for (const mark of ['INSTALLATION_COMPLETE', 'DEPENDENCIES_VALIDATED']) files[join(name, mark)] = '';
      for (const program of PROGRAMS[build]) files[join(name, program)] = text;
    }
  }
  return files;
}

/** Flags of ours come last: Chromium takes the last of two. A headless shell knows one way to be headless only, as new browsers do. */
function browserScript({ program, ownSandbox }: Trial): string {
  return script(program, [
    'set -f', 'for flag do', '  shift', '  case $flag in', ...(ownSandbox ? ['    --no-sandbox) ;;'] : []),
    '    --headless=old) set -- "$@" --headless ;;', '    *) set -- "$@" "$flag" ;;', '  esac', 'done',
    `exec "$program" "$@" ${[...FLAGS, ...(ownSandbox ? [] : ['--no-sandbox'])].join(' ')} $ASSAY_BROWSER_FLAGS`,
  ].join('\n'));
}

function script({ path, env }: Program, body: string): string {
  const exports = Object.entries(env).map(([name, value]) => `export ${name}=${quote(value)}\n`).join('');
  return `#!/bin/sh\n${exports}program=${quote(path)}\n${body}\n`;
}

const quote = (text: string): string => `'${text.replaceAll('\'', '\'\\\'\'')}'`;
