/** Puts the user's files where they belong, and beside them what Playwright needs to find: packages, configuration, reporter. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, resolve, sep } from 'node:path';
import { OWN_FOLDER, REPORT, RESULTS, type SlotJob, type SlotSetting } from './messages.ts';

/** Of the options of `use` those that are honoured (C.3). */
const USE = [
  'baseURL', 'colorScheme', 'geolocation', 'locale', 'permissions', 'timezoneId', 'viewport', 'deviceScaleFactor', 'hasTouch', 'isMobile', 'javaScriptEnabled',
  'extraHTTPHeaders', 'httpCredentials', 'ignoreHTTPSErrors', 'offline', 'actionTimeout', 'navigationTimeout', 'testIdAttribute', 'connectOptions', 'contextOptions',
  'bypassCSP', 'proxy',
];
const PROJECT = 'chromium';
const EXPECT = ['timeout', 'toHaveScreenshot', 'toMatchSnapshot'];
/** The globals by which our reporter is found, whichever way Playwright loads it. */
export const REPORTER_KEY = 'assay.reporter';
export const HELPERS_KEY = 'assay.helpers';

/** The packages that scripts may import: links, so that whatever is imported is the one copy that the runner uses too. Before the job. */
export function linkPackages(root: string, { packages }: SlotSetting): void {
  const modules = join(root, 'node_modules');
  mkdirSync(modules, { recursive: true });
  for (const { name, folder } of packages) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(folder, join(modules, name));
  }
  const own = join(modules, '@checkly', 'playwright-helpers');
  rmSync(own, { recursive: true, force: true });
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, 'package.json'), JSON.stringify({ name: '@checkly/playwright-helpers', version: '1.0.4', main: 'index.js' }));
  const names = ['markCheckAsDegraded', 'getAPIResponseTime'];
  writeFileSync(join(own, 'index.js'), `${names.map((name) => `exports.${name} = (...given) => globalThis[Symbol.for('${HELPERS_KEY}')].${name}(...given);`).join('\n')}\n`);
}

/** @returns the absolute path of the script. Throws for a path that leads out of the project. */
export function placeFiles(root: string, { script, path, files, snapshots }: SlotJob): string {
  const place = (name: string, content: string | Buffer): string => {
    const full = resolve(root, name);
    if (!full.startsWith(root + sep)) throw new Error(`The path "${name}" leads out of the project.`);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, content);
    return full;
  };
  for (const file of files) place(file.path, file.content);
  for (const snapshot of snapshots) place(snapshot.path, Buffer.from(snapshot.content, 'base64'));
  return place(path ?? defaultPath(script), script);
}

/** What a script without a name is called in errors. */
function defaultPath(script: string): string {
  try {
    return stripTypeScriptTypes(script) === script ? 'script.js' : 'script.ts';
  } catch {
    return 'script.ts';
  }
}

/** Writes Playwright's configuration for one file. @param packages the names that may be imported. @returns its path. */
export function writeConfig(root: string, file: string, job: SlotJob, packages: readonly string[]): string {
  const own = join(root, OWN_FOLDER);
  mkdirSync(own, { recursive: true });
  const picked = (from: unknown, names: readonly string[]) => Object.fromEntries(Object.entries((from ?? {}) as object).filter(([name]) => names.includes(name)));
  const { timeout, use, expect } = job.config;
  const config = {
    testDir: root, outputDir: join(own, RESULTS), workers: 1, retries: 0, fullyParallel: false, updateSnapshots: job.updateSnapshots ? 'changed' : 'none',
    reporter: [[join(own, 'reporter.cjs'), { root, bodies: join(own, 'attachments'), alone: true, packages }], ['json', { outputFile: join(own, REPORT) }]],
    ...(timeout === undefined ? {} : { timeout }), ...(expect === undefined ? {} : { expect: picked(expect, EXPECT) }),
    use: {
      ...picked(use, USE), browserName: 'chromium', headless: true, trace: 'on', ...(job.userAgent === null ? {} : { userAgent: job.userAgent }),
      ...(job.kind === 'browser' ? { video: job.video ? 'on' : 'off', screenshot: 'only-on-failure' } : {}),
    },
    // Golden files have its name in theirs, as new projects make them; those that come without one are looked for without one.
    projects: [{ name: job.snapshots.length > 0 && !job.snapshots.some(({ path }) => path.includes(`-${PROJECT}-`)) ? '' : PROJECT }],
  };
  writeFileSync(join(own, 'reporter.cjs'), `module.exports = globalThis[Symbol.for(${JSON.stringify(REPORTER_KEY)})];\n`);
  const path = join(own, 'config.cjs');
  const exactly = `new RegExp(${JSON.stringify(`^${file.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')}$`)})`;
  writeFileSync(path, `module.exports = { ...${JSON.stringify(config)}, testMatch: [${exactly}] };\n`);
  return path;
}
