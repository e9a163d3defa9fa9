/** The packages that browser and multistep checks may import: those of the runtime that are installed beside this program (B.16). */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RUNTIMES } from '../../contract/runtimes.ts';

export interface RuntimePackages {
  packages: { name: string; folder: string }[];
  /** The package.json of the Playwright that runs checks; whatever belongs to it is found from there. */
  playwright: string;
  playwrightCore: string;
  /** Folders that they and what they stand on are in. */
  mounts: string[];
}

/** Provided by ourselves (inside/degraded.ts). */
const OWN = ['node', '@checkly/playwright-helpers'];
const MODULES = `${sep}node_modules${sep}`;

/** Looks once; what is not installed is not among them. Throws where Playwright itself is missing. */
export function findRuntimePackages(): RuntimePackages {
  const names = Object.keys(RUNTIMES[0]?.dependencies ?? {}).filter((name) => !OWN.includes(name));
  const packages = names.flatMap((name) => {
    const folder = folderOf(name);
    return folder === null ? [] : [{ name, folder }];
  });
  const test = createRequire(fileURLToPath(import.meta.resolve('@playwright/test/package.json')));
  const playwright = test.resolve('playwright/package.json');
  const playwrightCore = dirname(createRequire(playwright).resolve('playwright-core/package.json'));
  const roots = [...packages.map(({ folder }) => folder), playwright, playwrightCore].map((path) => path.slice(0, path.indexOf(MODULES) + MODULES.length - 1));
  return { packages, playwright, playwrightCore, mounts: [...new Set(roots)] };
}

function folderOf(name: string): string | null {
  try {
    const file = fileURLToPath(import.meta.resolve(name));
    const end = file.lastIndexOf(`${MODULES}${name.split('/').join(sep)}${sep}`);
    const folder = end < 0 ? null : join(file.slice(0, end), 'node_modules', name);
    return folder !== null && existsSync(join(folder, 'package.json')) ? folder : null;
  } catch {
    return null;
  }
}
