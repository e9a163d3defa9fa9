/** Chromium and ffmpeg on this machine, in the order in which they are preferred. Looks at files only; starts nothing. */
import { accessSync, constants, readdirSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { BrowserList, Build } from './readBrowserList.ts';
import { PACKED, unpackChromium } from './unpackChromium.ts';

/** What the person who runs the agent decided, and where things are. */
export interface BrowserSettings {
  /** The agent's own folder. */
  folder: string;
  /** A Chromium that is to be used for everything (ASSAY_BROWSER); null: look for one. */
  browser?: string | null | undefined;
  /** Where Playwright keeps what it has downloaded for this user; null: it is not looked at. */
  playwrightFolder?: string | null | undefined;
}

export interface Program {
  path: string;
  /** How it came here, for people. */
  from: string;
  /** Folders that must be readable for it. */
  mounts: readonly string[];
  /** What it needs in its environment. */
  env: Readonly<Record<string, string>>;
}

/** A browser that may have to be unpacked before it can be started. */
export interface Candidate {
  path: string;
  from: string;
  open(): Promise<Program[]>;
}

/** Where the job's walls show everything anyway (SYSTEM in sandbox/sandboxCommand.ts). */
const SHOWN = ['/usr/bin/', '/usr/sbin/', '/usr/lib/', '/usr/lib64/', '/usr/libexec/', '/usr/share/'];
/** The real programs, not the scripts in /usr/bin: those read files of the user that they run as. Headless shells first: they start faster. */
const INSTALLED = [
  '/usr/lib/chromium/chromium-headless-shell', '/usr/lib64/chromium-browser/headless_shell', '/usr/lib/chromium/chromium', '/usr/lib64/chromium-browser/chromium-browser',
  '/opt/google/chrome/chrome', '/opt/google/chrome-beta/chrome', '/opt/chromium.org/chromium/chrome', '/opt/microsoft/msedge/msedge',
];
const FFMPEG = ['/usr/bin/ffmpeg', '/usr/local/bin/ffmpeg'];

/** Every path at which a version of Playwright looks for a build, inside the build's folder, on Linux. */
export const PROGRAMS: Readonly<Record<Exclude<Build, 'firefox' | 'webkit'>, readonly string[]>> = {
  chromium: ['chrome-linux64/chrome', 'chrome-linux/chrome', 'chrome-linux-arm64/chrome'],
  'chromium-headless-shell': [
    'chrome-headless-shell-linux64/chrome-headless-shell', 'chrome-linux/headless_shell', 'chrome-headless-shell-linux-arm64/chrome-headless-shell',
  ],
  ffmpeg: ['ffmpeg-linux'],
};

/** Chromiums for one kind of build. Not one of them may work; whoever asks tries them in this order. */
export function findChromiums(build: 'chromium' | 'chromium-headless-shell', list: BrowserList, { folder, browser, playwrightFolder }: BrowserSettings): Candidate[] {
  if (browser) return [installed(browser, 'ASSAY_BROWSER')];
  const own = playwrightFolder ?? null;
  const packed = findPackage('@sparticuz/chromium');
  return [
    ...downloads(own, list[build], build).map((path) => installed(path, 'Playwright\'s download')),
    ...INSTALLED.filter(runs).map((path) => installed(path, 'of this system')),
    ...(['chromium-headless-shell', 'chromium'] as const).flatMap((kind) =>
      downloads(own, others(own, kind), kind).map((path) => installed(path, 'Playwright\'s download for another version'))),
    ...(packed === null ? [] : [{ path: packed, from: PACKED, open: () => unpackChromium(packed, folder) }]),
  ];
}

/** Null where there is none: then there are no videos. */
export function findFfmpeg(list: BrowserList, { playwrightFolder }: BrowserSettings): Program | null {
  const own = playwrightFolder ?? null;
  const path = [
    ...downloads(own, list.ffmpeg, 'ffmpeg'), ...FFMPEG.filter(runs), ...downloads(own, others(own, 'ffmpeg'), 'ffmpeg'), ...packedFfmpeg(),
  ][0];
  return path === undefined ? null : program(path, 'ffmpeg');
}

function packedFfmpeg(): string[] {
  const main = findPackage(`@ffmpeg-installer/linux-${process.arch}/package.json`);
  return main === null ? [] : [join(dirname(main), 'ffmpeg')].filter(runs);
}

function downloads(own: string | null, folders: readonly string[], build: keyof typeof PROGRAMS): string[] {
  if (own === null) return [];
  return folders.flatMap((folder) => PROGRAMS[build].map((path) => join(own, folder, path))).filter(runs);
}

/** All folders of a build that Playwright has downloaded, the newest first. */
function others(own: string | null, build: keyof typeof PROGRAMS): string[] {
  if (own === null) return [];
  const prefix = `${build.replaceAll('-', '_')}-`;
  const revision = (name: string) => Number(name.slice(prefix.length));
  try {
    return readdirSync(own).filter((name) => name.startsWith(prefix) && revision(name) > 0).sort((a, b) => revision(b) - revision(a));
  } catch {
    return [];
  }
}

const installed = (path: string, from: string): Candidate => ({ path, from, open: () => Promise.resolve([program(path, from)]) });

export function program(path: string, from: string, env: Readonly<Record<string, string>> = {}): Program {
  const real = runs(path) ? realpathSync(path) : path;
  return { path: real, from, env, mounts: SHOWN.some((shown) => real.startsWith(shown)) ? [] : [dirname(real)] };
}

function runs(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The main file of a package that is installed beside Assay. */
function findPackage(name: string): string | null {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch {
    return null;
  }
}
