/** Which command installs a project's packages, by its lock file (C.4); and what an install has left. */
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

export interface InstallPlan {
  command: string;
  /** Absolute: where the lock file is. */
  folder: string;
  /** What the command needs beside the check's variables. */
  env: Record<string, string>;
  /** Beside npm, which is always there. */
  tool: 'pnpm' | 'yarn-classic' | 'yarn-berry' | null;
}

const LOCKS = ['package-lock.json', 'npm-shrinkwrap.json', 'pnpm-lock.yaml', 'yarn.lock'] as const;

/** From the working folder upwards, the nearest lock file decides. Null when there is nothing to install: no lock file, no package.json. */
export function planInstall(root: string, folder: string): InstallPlan | null {
  const above = foldersUpTo(root, folder);
  for (const at of above) {
    const lock = LOCKS.find((name) => existsSync(join(at, name)));
    if (lock === 'pnpm-lock.yaml') return { command: 'pnpm install --frozen-lockfile', folder: at, env: {}, tool: 'pnpm' };
    if (lock === 'yarn.lock') return yarn(at);
    if (lock !== undefined) return { command: 'npm ci --include=dev', folder: at, env: {}, tool: null };
  }
  const manifest = above.find((at) => existsSync(join(at, 'package.json')));
  return manifest === undefined ? null : { command: 'npm install --include=dev', folder: manifest, env: {}, tool: null };
}

/** Yarn 2 and later write another lock file, and have other options. Their packages go to node_modules, which is what runs share. */
function yarn(at: string): InstallPlan {
  const berry = /^__metadata:/m.test(textOf(join(at, 'yarn.lock'))) || /"packageManager"\s*:\s*"yarn@[2-9]/.test(textOf(join(at, 'package.json')));
  if (!berry) return { command: 'yarn install --frozen-lockfile --production=false --non-interactive', folder: at, env: { ASSAY_YARN: 'classic' }, tool: 'yarn-classic' };
  return { command: 'yarn install --immutable', folder: at, tool: 'yarn-berry', env: { ASSAY_YARN: 'berry', YARN_NODE_LINKER: 'node-modules', YARN_ENABLE_GLOBAL_CACHE: 'false', YARN_ENABLE_TELEMETRY: '0' } };
}

const MANAGER = /^(npm|pnpm|yarn)@(\d+\.\d+\.\d+[\w.-]*)(?:\+\S*)?$/;

/** The package manager that the nearest package.json asks for (`packageManager`), with its exact version; null: none does, or not so that it can be read. */
export function askedManager(root: string, folder: string): { name: string; version: string } | null {
  for (const at of foldersUpTo(root, folder)) {
    const [, field] = /"packageManager"\s*:\s*"([^"]*)"/.exec(textOf(join(at, 'package.json'))) ?? [];
    const [, name, version] = MANAGER.exec(field ?? '') ?? [];
    if (name !== undefined && version !== undefined) return { name, version };
  }
  return null;
}

function foldersUpTo(root: string, folder: string): string[] {
  const folders = [folder];
  for (let at = folder; at !== root && at !== dirname(at);) {
    at = dirname(at);
    folders.push(at);
  }
  return folders;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** How deep a project may nest its packages. */
const DEPTH = 12;

/** Every node_modules that is in no other, relative to the root. Links are not followed. */
export function moduleFolders(root: string): string[] {
  const found: string[] = [];
  const look = (folder: string, depth: number): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (!entry.isDirectory() || entry.name === '.git') continue;
      const path = join(folder, entry.name);
      if (entry.name === 'node_modules') found.push(relative(root, path));
      else if (depth < DEPTH) look(path, depth + 1);
    }
  };
  look(root, 0);
  return found;
}

/**
 * The Playwright that the project's tests use; null when there is none. `browsers`: those that it looks for, and those of every other version
 * that the install has left, as a browsers.json: packages of a workspace may have versions of their own.
 * @param modules absolute, as `moduleFolders` finds them.
 */
export function findPlaywright(folder: string, modules: readonly string[]): { version: string; browsers: string } | null {
  try {
    let from = join(folder, 'package.json');
    for (const name of ['@playwright/test', 'playwright', 'playwright-core']) from = packageFile(name, from) ?? from;
    if (!/playwright-core[/\\]package\.json$/.test(from)) return null;
    const { version } = JSON.parse(readFileSync(from, 'utf8')) as { version: string };
    const lists = new Set([dirname(from), ...modules.flatMap((one) => playwrightCores(one))].map((core) => textOf(join(core, 'browsers.json'))));
    return { version: String(version), browsers: JSON.stringify({ browsers: [...lists].flatMap(browsersIn) }) };
  } catch {
    return null;
  }
}

/** Every playwright-core below a node_modules: on top, in a package that has packages of its own, and where pnpm keeps them all. */
function playwrightCores(modules: string, depth = 0): string[] {
  if (depth > DEPTH || !existsSync(modules)) return [];
  return readdirSync(modules, { withFileTypes: true }).flatMap((entry) => {
    const path = join(modules, entry.name);
    if (!entry.isDirectory()) return [];
    if (entry.name === 'playwright-core') return [path];
    if (entry.name.startsWith('@')) return playwrightCores(path, depth + 1);
    if (entry.name === '.pnpm') return readdirSync(path).filter((name) => name.startsWith('playwright-core@')).map((name) => join(path, name, 'node_modules', 'playwright-core'));
    return playwrightCores(join(path, 'node_modules'), depth + 1);
  });
}

function browsersIn(list: string): unknown[] {
  try {
    const { browsers } = JSON.parse(list) as { browsers?: unknown };
    return Array.isArray(browsers) ? browsers : [];
  } catch {
    return [];
  }
}

/** Packages that do not export their package.json are found by their folder. */
function packageFile(name: string, from: string): string | null {
  for (const folder of createRequire(from).resolve.paths(name) ?? []) {
    const path = join(folder, name, 'package.json');
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile()) return createRequire(from).resolve(path);
  }
  return null;
}
