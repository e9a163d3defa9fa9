/**
 * Browsers and ffmpeg for any version of Playwright, from what this machine has.
 * Promises: a browser that has been seen working within the walls of jobs, or the one sentence that says why there is none and how to get
 * one; folders that belong to the agent and that jobs cannot change; nothing is looked for before it is needed.
 * Never: a download, or a name or a size from a project's own files that is taken on trust.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { findChromiums, findFfmpeg, type BrowserSettings, type Candidate, type Program } from './findPrograms.ts';
import { makeTree } from './makeTree.ts';
import { readBrowserList, type BrowserList } from './readBrowserList.ts';
import { tryBrowser, type Trial } from './tryBrowser.ts';
import { hasFonts, PACKED } from './unpackChromium.ts';

export type BrowserTree =
  | {
    ok: true;
    /** What PLAYWRIGHT_BROWSERS_PATH must be. */
    path: string;
    /** Folders that the job must be able to read, `path` among them. */
    mounts: readonly string[];
    /** Whether there is an ffmpeg: without it Playwright cannot make videos, and refuses to start where they are asked for. */
    video: boolean;
    /** For people: program, version and how it came here. */
    says: string;
    /** The program that makes videos, or the sentence that says that there is none. */
    videoSays: string;
  }
  /** @property sentence what is missing and how to get it; the same for results and for `assay doctor`. */
  | { ok: false; sentence: string };

export interface Browsers {
  /** @param playwrightCoreFolder of any version; may be the work of user code. Never rejects. Found once per list of browsers. */
  tree(playwrightCoreFolder: string): Promise<BrowserTree>;
}

export const NO_FFMPEG = 'ffmpeg was not found: browser checks leave no videos. Get it with `apt-get install ffmpeg` or `npx playwright install ffmpeg`.';
const GET = 'Get one with `apt-get install chromium-headless-shell` or `npx playwright install --with-deps chromium-headless-shell`, or name a Chromium with ASSAY_BROWSER.';

/** @param sandbox the one that jobs run in, or the sentence that says why there is none. */
export function openBrowsers(settings: BrowserSettings, sandbox: () => Promise<Sandbox | string>): Browsers {
  const trials = new Map<string, Promise<Trial | string>>();
  const trees = new Map<string, Promise<BrowserTree>>();
  const attempt = (walls: Sandbox, candidate: Candidate) => kept(trials, candidate.path, async () => tryBrowser(walls, await candidate.open()), (trial) => typeof trial !== 'string');

  async function first(walls: Sandbox, candidates: readonly Candidate[]): Promise<Trial | string> {
    const problems: string[] = [];
    for (const candidate of candidates) {
      const trial = await attempt(walls, candidate).catch((error: unknown) => (error as Error).message);
      if (typeof trial !== 'string') return trial;
      problems.push(`${candidate.path} does not work here: ${trial}.`);
    }
    return `There is no browser for this check. ${problems.length > 0 ? problems.join(' ') : 'No Chromium was found on the agent\'s machine.'} ${GET}`;
  }

  async function make(list: BrowserList): Promise<BrowserTree> {
    if (process.platform !== 'linux') return { ok: false, sentence: 'Browser checks run on Linux only, and this agent\'s machine runs something else.' };
    const walls = await sandbox();
    if (typeof walls === 'string') return { ok: false, sentence: walls };
    const headlessShell = list['chromium-headless-shell'].length > 0 ? await first(walls, findChromiums('chromium-headless-shell', list, settings)) : null;
    if (typeof headlessShell === 'string') return { ok: false, sentence: headlessShell };
    const chromium = await first(walls, findChromiums('chromium', list, settings));
    if (typeof chromium === 'string') return { ok: false, sentence: chromium };
    const ffmpeg = findFfmpeg(list, settings);
    const linked = linkedOf(list, settings);
    const path = await makeTree(settings.folder, { list, chromium, headlessShell, ffmpeg, linked });
    const mounts = [path, ...chromium.program.mounts, ...(headlessShell?.program.mounts ?? []), ...(ffmpeg?.mounts ?? []), ...Object.values(linked), ...FONT_CACHE.filter((one) => existsSync(one))];
    return { ok: true, path, mounts: [...new Set(mounts)], video: ffmpeg !== null, says: describe(headlessShell ?? chromium), videoSays: describeFfmpeg(ffmpeg) };
  }

  return {
    async tree(playwrightCoreFolder) {
      try {
        const list = await readBrowserList(playwrightCoreFolder);
        return await kept(trees, JSON.stringify(list), () => make(list), (tree) => tree.ok);
      } catch (error) {
        return { ok: false, sentence: `The browser could not be made ready: ${(error as Error).message}` };
      }
    },
  };
}

/** Otherwise every browser that is started reads all fonts anew. */
const FONT_CACHE = ['/var/cache/fontconfig'];

function describe({ program, version, ownSandbox }: Trial): string {
  const walls = ownSandbox ? 'with its own sandbox inside ours' : 'without its own sandbox inside ours';
  return `Chromium ${version}, ${program.from}, ${walls}${program.from === PACKED ? '' : ` (${program.path})`}${hasFonts() || program.env.FONTCONFIG_PATH ? '' : '; no fonts: text is not drawn, install fonts-liberation'}`;
}

const describeFfmpeg = (ffmpeg: Program | null): string => ffmpeg?.path ?? NO_FFMPEG;

/** Firefox and WebKit of the very revisions; there is no other way to have them. */
function linkedOf(list: BrowserList, { playwrightFolder }: BrowserSettings): Record<string, string> {
  if (!playwrightFolder) return {};
  const names = [...list.firefox, ...list.webkit].filter((name) => existsSync(join(playwrightFolder, name, 'INSTALLATION_COMPLETE')));
  return Object.fromEntries(names.map((name) => [name, join(playwrightFolder, name)]));
}

/** Everybody who asks at the same time gets the same answer; one that is no good is not kept. */
function kept<T>(known: Map<string, Promise<T>>, key: string, find: () => Promise<T>, good: (found: T) => boolean): Promise<T> {
  const already = known.get(key);
  if (already) return already;
  const finding = find();
  known.set(key, finding);
  const forget = () => { known.delete(key); };
  finding.then((found) => { if (!good(found)) forget(); }, forget);
  return finding;
}
