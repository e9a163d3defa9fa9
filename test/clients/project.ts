/** A temporary monitoring-as-code project with the CLI under test as its dependency. */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** A copy of test/clients/checks. The link makes `checkly/constructs` the very module that the CLI itself loads. */
export function createProject(cli: Cli): Project {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'assay-project-')));
  cpSync(fileURLToPath(new URL('checks', import.meta.url)), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'client-suite', version: '1.0.0', private: true, type: 'module' }));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(cliFolder(cli), join(folder, 'node_modules', 'checkly'));
  const home = join(folder, '.home');
  mkdirSync(home);
  return { folder, home, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}
