/** Which builds a Playwright version looks for, and in folders of which names. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

/** Kinds of builds that are of use to checks, by Playwright's names. */
export const BUILDS = ['chromium', 'chromium-headless-shell', 'firefox', 'webkit', 'ffmpeg'] as const;
export type Build = (typeof BUILDS)[number];
/** The folder names that Playwright may look under, the usual one first; empty where this version knows no such build. */
export type BrowserList = Readonly<Record<Build, readonly string[]>>;

/** The real file has 3 kB. */
const MAX_BYTES = 256 * 1024;
const REVISION = /^\d{1,9}$/;
const PLATFORM = /^(debian|ubuntu)[\d.]{1,8}-(x64|arm64)$/;

/**
 * Reads `browsers.json` of a playwright-core. The file may be the work of user code: links, pipes and odd contents are refused.
 * Rejects with a sentence when it cannot be used.
 */
export async function readBrowserList(playwrightCoreFolder: string): Promise<BrowserList> {
  const text = await readSmallFile(join(playwrightCoreFolder, 'browsers.json')).catch(() => {
    throw new Error('This Playwright has no readable list of its browsers (browsers.json of playwright-core).');
  });
  const named = builds(text);
  const list = { chromium: [], 'chromium-headless-shell': [], firefox: [], webkit: [], ffmpeg: [] } as Record<Build, string[]>;
  for (const build of BUILDS) list[build] = named.filter(({ name }) => name === build).flatMap(folderNames);
  if (list.chromium.length === 0) throw new Error('The list of browsers of this Playwright (browsers.json of playwright-core) names no Chromium.');
  return list;
}

async function readSmallFile(path: string): Promise<string> {
  // Without O_NONBLOCK a pipe would be waited for.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const facts = await file.stat();
    if (!facts.isFile() || facts.size > MAX_BYTES) throw new Error('no ordinary small file');
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

interface Named { name: string; revision: unknown; revisionOverrides: unknown }

function builds(text: string): Named[] {
  try {
    const { browsers } = JSON.parse(text) as { browsers: Named[] };
    return browsers.filter((one) => typeof one === 'object' && one !== null).slice(0, 100);
  } catch {
    throw new Error('The list of browsers of this Playwright (browsers.json of playwright-core) cannot be read.');
  }
}

/** As Playwright makes them: no dashes before the revision; a system with a revision of its own has a folder of its own. */
function folderNames({ name, revision, revisionOverrides }: Named): string[] {
  const special = Object.entries(typeof revisionOverrides === 'object' && revisionOverrides !== null ? revisionOverrides : {})
    .filter(([platform, own]) => PLATFORM.test(platform) && REVISION.test(String(own)))
    .map(([platform, own]) => `${`${name}_${platform}_special`.replaceAll('-', '_')}-${String(own)}`);
  return REVISION.test(String(revision)) ? [`${name.replaceAll('-', '_')}-${String(revision)}`, ...special] : special;
}
