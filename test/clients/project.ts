/** A temporary monitoring-as-code project with the CLI under test as its dependency. */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The CLIs as they are called in node_modules. */
export type Cli = 'checkly' | 'checkly-8';

export interface Project extends Disposable {
  folder: string;
  /** An empty home, so that nothing of the machine's user is read or written. */
  home: string;
}

/** The folder of an installed CLI. */
export const cliFolder = (cli: Cli): string => fileURLToPath(new URL(`../../node_modules/${cli}`, import.meta.url));

/** The projects of this folder. */
type ProjectName = 'checks' | 'browser';

/**
 * A copy of one of the projects of test/clients. The link makes `checkly/constructs` the very module that the CLI itself loads.
 * @param packages of ours that it has beside.
 */
export function createProject(cli: Cli, name: ProjectName, packages: readonly string[] = []): Project {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'assay-project-')));
  cpSync(fileURLToPath(new URL(name, import.meta.url)), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'client-suite', version: '1.0.0', private: true, type: 'module' }));
  linkInto(folder, 'checkly', cliFolder(cli));
  for (const one of packages) linkInto(folder, one, fileURLToPath(new URL(`../../node_modules/${one}`, import.meta.url)));
  const home = join(folder, '.home');
  mkdirSync(home);
  return { folder, home, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Puts a package that is installed elsewhere into a project. */
export function linkInto(project: string, name: string, from: string): void {
  const to = join(project, 'node_modules', name);
  mkdirSync(dirname(to), { recursive: true });
  symlinkSync(from, to);
}
