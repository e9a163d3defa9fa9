/** The packages that scripts may import: those of the runtime that are installed beside this program (B.15, B.16). */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RUNTIMES } from '../../contract/runtimes.ts';
import type { ProcessSetting } from './inside/messages.ts';

export interface ScriptPackages extends Omit<ProcessSetting, 'preload'> {
  /** Folders that they and what they stand on are in. */
  mounts: string[];
}

/** Of the runtime, but for runs of Playwright only. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  node: 'it is no package', playwright: 'it is for browser and multistep checks', '@playwright/test': 'it is for browser and multistep checks',
  '@checkly/playwright-helpers': 'it is for browser and multistep checks',
};

const MODULES = `${sep}node_modules${sep}`;

/** Looks once; what is not installed is not among them. */
export function findScriptPackages(): ScriptPackages {
  const packagesFrom = import.meta.url;
  const found = Object.keys(RUNTIMES[0]?.dependencies ?? {}).filter((name) => !Object.hasOwn(ELSEWHERE, name))
    .flatMap((name) => (fileOf(name) === null ? [] : [{ name, file: fileOf(name) ?? '' }]));
  // Where packages are links, as pnpm makes them, a folder with the links lies somewhere above this file, and what they lead to elsewhere.
  const links = (createRequire(packagesFrom).resolve.paths('any') ?? []).filter((folder) => found.some(({ name }) => existsSync(join(folder, name))));
  const files = found.map(({ file }) => file.slice(0, file.indexOf(MODULES) + MODULES.length - 1));
  return { packages: found.map(({ name }) => name), packagesFrom, elsewhere: { ...ELSEWHERE }, mounts: [...new Set([...links, ...files])] };
}

function fileOf(name: string): string | null {
  try {
    return fileURLToPath(import.meta.resolve(name));
  } catch {
    return null; // not installed
  }
}
