/**
 * The package managers that suites are installed with (C.4): the system's, else fetched once through the registry that npm here is set to.
 * Promises: nothing is looked for before it is needed; a fetched one is in the agent's own folder, and its scripts are not run.
 * Never: a registry of our own choice.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** A program for the sandbox: the words that start it, and what must be readable for it. */
export interface Tool { words: readonly string[]; mounts: readonly string[]; version: string }
export type ManagerName = 'npm' | 'npx' | 'pnpm' | 'yarn-classic' | 'yarn-berry';

export interface SuiteTools {
  /** Null where it is neither here nor to be had. Never rejects. */
  find(name: ManagerName): Promise<Tool | null>;
  /** What npm here is set to, as lines of a .npmrc: registry and certificates, nothing secret. */
  npmSettings(): Promise<string>;
}

/** What is fetched when the system has none; yarn's two lines are different programs. */
const PACKAGES: Readonly<Record<'pnpm' | 'yarn-classic' | 'yarn-berry', string>> = { pnpm: 'pnpm', 'yarn-classic': 'yarn@1', 'yarn-berry': '@yarnpkg/cli-dist@4' };
const FETCH_MS = 120_000;
const LOOK_MS = 15_000;

/** @param folder the agent's own. */
export function createSuiteTools(folder: string): SuiteTools {
  const known = new Map<ManagerName, Promise<Tool | null>>();
  let settings: Promise<string> | null = null;
  const look = async (name: ManagerName): Promise<Tool | null> => {
    if (name === 'npm' || name === 'npx') return npmTool(name);
    const found = await onSystem(name) ?? await inFolder(join(folder, 'tools', name), name);
    return found ?? fetched(join(folder, 'tools', name), name);
  };
  return {
    find(name) {
      const already = known.get(name);
      if (already) return already;
      const looking = look(name).catch(() => null);
      known.set(name, looking);
      // What could not be had now may be there later.
      void looking.then((tool) => { if (tool === null) known.delete(name); });
      return looking;
    },
    npmSettings: () => settings ??= npmSettings(),
  };
}

/** The program's real path, as the shell of this process would find it. */
async function which(program: string): Promise<string | null> {
  const { stdout } = await exec('/bin/sh', ['-c', 'command -v -- "$1"', 'sh', program], { timeout: LOOK_MS }).catch(() => ({ stdout: '' }));
  const path = stdout.trim();
  return path.startsWith('/') ? realpath(path).catch(() => null) : null;
}

/** The folder of the package that a program belongs to. */
async function packageOf(path: string, names: readonly string[]): Promise<{ folder: string; version: string } | null> {
  for (let at = dirname(path); at !== dirname(at); at = dirname(at)) {
    const text = await readFile(join(at, 'package.json'), 'utf8').catch(() => null);
    if (text === null) continue;
    const { name, version } = JSON.parse(text) as { name?: string; version?: string };
    if (names.includes(name ?? '')) return { folder: at, version: version ?? '' };
  }
  return null;
}

async function npmTool(name: 'npm' | 'npx'): Promise<Tool | null> {
  for (const path of [await which('npm'), await realpath(join(dirname(process.execPath), 'npm')).catch(() => null)]) {
    const found = path === null ? null : await packageOf(path, ['npm']);
    if (found !== null) return { words: [process.execPath, join(found.folder, 'bin', `${name}-cli.js`)], mounts: [found.folder], version: found.version };
  }
  return null;
}

async function onSystem(name: keyof typeof PACKAGES): Promise<Tool | null> {
  const path = await which(name === 'pnpm' ? 'pnpm' : 'yarn');
  const found = path === null ? null : await packageOf(path, ['pnpm', 'yarn', '@yarnpkg/cli-dist']);
  return found === null ? null : toolIn(found.folder, name);
}

const inFolder = (place: string, name: keyof typeof PACKAGES): Promise<Tool | null> =>
  toolIn(join(place, 'node_modules', name === 'pnpm' ? 'pnpm' : name === 'yarn-classic' ? 'yarn' : '@yarnpkg/cli-dist'), name);

/** A package's program, when it is the one that is asked for. */
async function toolIn(folder: string, name: keyof typeof PACKAGES): Promise<Tool | null> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => null);
  if (text === null) return null;
  const { name: packageName, version = '' } = JSON.parse(text) as { name?: string; version?: string };
  const tool = (program: string): Tool | null => (existsSync(program) ? { words: [process.execPath, program], mounts: [folder], version } : null);
  if (name === 'yarn-classic') return packageName === 'yarn' && version.startsWith('1.') ? tool(join(folder, 'bin', 'yarn.js')) : null;
  if (name === 'yarn-berry') return packageName === '@yarnpkg/cli-dist' ? tool(join(folder, 'bin', 'yarn.js')) : null;
  if (packageName !== 'pnpm') return null;
  // Newer ones are a program for each platform, in a package beside.
  const native = await realpath(join(folder, '..', '@pnpm', `exe.${process.platform}-${process.arch}`, 'pnpm')).catch(() => null);
  return native === null ? tool(join(folder, 'bin', 'pnpm.cjs')) ?? tool(join(folder, 'bin', 'pnpm.mjs')) : { words: [native], mounts: [dirname(native), folder], version };
}

async function fetched(place: string, name: keyof typeof PACKAGES): Promise<Tool | null> {
  const npm = await npmTool('npm');
  if (npm === null) return null;
  const [program = '', ...words] = npm.words;
  await mkdir(place, { recursive: true });
  await exec(program, [...words, 'install', '--prefix', place, '--ignore-scripts', '--no-audit', '--no-fund', '--no-save', PACKAGES[name]], { timeout: FETCH_MS, cwd: place });
  return inFolder(place, name);
}

async function npmSettings(): Promise<string> {
  const npm = await npmTool('npm');
  const lines: string[] = [];
  for (const key of ['registry', 'cafile']) {
    const [program = '', ...words] = npm?.words ?? [];
    if (program === '') break;
    const { stdout } = await exec(program, [...words, 'config', 'get', key], { timeout: LOOK_MS, cwd: '/' }).catch(() => ({ stdout: '' }));
    const value = stdout.trim();
    // Credentials in an address stay here.
    if (key === 'registry' ? /^https?:\/\/[^@\s]+$/.test(value) : /^\/etc\/(ssl|pki|ca-certificates)\//.test(value)) lines.push(`${key}=${value}`);
  }
  return lines.map((line) => `${line}\n`).join('');
}
