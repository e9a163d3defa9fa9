/** What a plain `playwright test` says of a project: the yardstick for what Assay says of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { stripVTControlCharacters } from 'node:util';
import type { JSONReport, JSONReportSuite, JSONReportTest } from '@playwright/test/reporter';
import type { BrowserTree } from '../../src/agent/browsers/openBrowsers.ts';
import { openMachine, type Machine } from '../../src/agent/machine.ts';
import { compiled } from './runCli.ts';

/** A test as its report knows it. `errors` of its last try: message, lines around the place and stack, without colours and folders. */
interface Told { title: string; outcome: JSONReportTest['status']; tries: number; errors: string[] }
/** By file, relative to the project. */
type ToldByFile = Record<string, Told[]>;

/** Null where browsers can run, else why they cannot. */
export async function whyNoBrowser(): Promise<string | null> {
  const tree = await browsersOf(dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')));
  return tree.ok ? null : tree.sentence;
}

let machine: Machine | undefined;
/** For any version of Playwright, in a folder that is gone at the end. */
function browsersOf(playwrightCore: string): Promise<BrowserTree> {
  if (!machine) {
    const folder = mkdtempSync(join(tmpdir(), 'assay-browsers-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    machine = openMachine({ allowUnsandboxed: false, keepPictures: true, folder });
  }
  return machine.browserTree(playwrightCore);
}

/** From `@playwright/test` to the package that knows the browsers, as Node finds it. */
function coreOf(program: string): string {
  const playwright = createRequire(realpathSync(program)).resolve('playwright/package.json');
  return dirname(createRequire(playwright).resolve('playwright-core/package.json'));
}

/** The environment in which the Playwright of this program finds the browsers of this machine. Rejects where there are none. */
export async function plainEnvironment(program: string): Promise<Record<string, string>> {
  const tree = await browsersOf(coreOf(program));
  if (!tree.ok) throw new Error(tree.sentence);
  return {
    // Chromium has no sandbox of its own as root; in jobs it is an ordinary user.
    ...(process.getuid?.() === 0 ? { ASSAY_BROWSER_FLAGS: '--no-sandbox' } : {}),
    PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8', PLAYWRIGHT_BROWSERS_PATH: tree.path,
  };
}

/** Playwright's program in a project. @param modules where it is, relative to the project. */
const programIn = (folder: string, modules: string) => join(folder, modules, '@playwright', 'test', 'cli.js');

/**
 * Runs `playwright test` of the project's own Playwright, with its JSON report. Rejects when it wrote none.
 * @param env beside what it needs. @param modules where Playwright is, relative to the project.
 */
export async function plainPlaywright(folder: string, env: Record<string, string>, args: readonly string[] = [], modules = 'node_modules'): Promise<JSONReport> {
  const program = programIn(folder, modules);
  const surroundings = await plainEnvironment(program);
  const reports = mkdtempSync(join(tmpdir(), 'assay-plain-'));
  try {
    const file = join(reports, 'report.json');
    const child = spawn(process.execPath, [program, 'test', '--reporter=json', `--output=${join(reports, 'results')}`, ...args], {
      cwd: folder, stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...surroundings, HOME: folder, PLAYWRIGHT_JSON_OUTPUT_FILE: file, PLAYWRIGHT_JSON_OUTPUT_NAME: file, CHECKLY: '1', CI: '1', ...compiled(), ...env },
    });
    await once(child, 'close');
    return JSON.parse(readFileSync(file, 'utf8')) as JSONReport;
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
}

/** What two reports of the same files must agree on. */
export function toldByFile(report: JSONReport): ToldByFile {
  const told: ToldByFile = {};
  const walk = (suite: JSONReportSuite, titles: readonly string[]) => {
    for (const spec of suite.specs) {
      for (const test of spec.tests) {
        const errors = test.results.at(-1)?.errors.map(({ message = '' }) => comparable(message)) ?? [];
        (told[spec.file] ??= []).push({ title: [...titles, spec.title].join(' › '), outcome: test.status, tries: test.results.length, errors });
      }
    }
    for (const inner of suite.suites ?? []) walk(inner, [...titles, inner.title]);
  };
  for (const file of report.suites) walk(file, []);
  return told;
}

/** A message without what is different at each run: colours, folders, how often something was looked for. */
export const comparable = (message: string): string =>
  stripVTControlCharacters(message).replace(/\/\S+\/(?=[\w.-]+\.spec\.ts)/g, '').replace(/Call log:(?:\n {2,}\S.*)+/g, 'Call log: …').trimEnd();

/** Errors of no test: files that do not load. */
export const looseErrors = ({ errors }: JSONReport): string[] => errors.map(({ message = '' }) => stripVTControlCharacters(message));
