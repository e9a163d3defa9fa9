/** A temporary project of Playwright suites, installed by a real package manager from a registry on loopback. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { linkInto, cliFolder, type Cli, type Project } from './project.ts';

export type PackageManager = 'npm' | 'pnpm' | 'yarn';
const CURRENT = '1.65.1';
const OLDER = '1.52.0';
const MODULES = fileURLToPath(new URL('../../node_modules/', import.meta.url));
const INSTALLING: Record<PackageManager, string> = {
  npm: 'npm install --no-audit --no-fund', pnpm: 'pnpm install', yarn: `node "${join(MODULES, 'yarn/bin/yarn.js')}" install --non-interactive`,
};

/** With npm it is a workspace whose second package has an older Playwright. */
export async function createSuiteProject(cli: Cli, manager: PackageManager, registry: string): Promise<Project> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'assay-suites-')));
  cpSync(fileURLToPath(new URL('suites', import.meta.url)), folder, { recursive: true });
  const asking = (name: string, version: string, more: object = {}) => JSON.stringify({ name, version: '1.0.0', private: true, devDependencies: { '@playwright/test': version }, ...more });
  writeFileSync(join(folder, 'package.json'), asking('suites', CURRENT, manager === 'npm' ? { workspaces: ['packages/*'] } : {}));
  writeFileSync(join(folder, '.npmrc'), `registry=${registry}\n`);
  if (manager === 'npm') writeFileSync(join(folder, 'packages', 'old', 'package.json'), asking('old', OLDER));
  else for (const path of ['packages', 'old.check.ts']) rmSync(join(folder, path), { recursive: true });
  const home = join(folder, '.home');
  mkdirSync(home);
  await promisify(execFile)('/bin/sh', ['-c', INSTALLING[manager]], {
    cwd: folder, env: { PATH: [join(MODULES, '.bin'), dirname(process.execPath), process.env['PATH']].join(delimiter), HOME: home, LANG: 'C.UTF-8', PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1' },
  });
  linkInto(folder, 'checkly', cliFolder(cli));
  return { folder, home, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}
