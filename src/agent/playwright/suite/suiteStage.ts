/** One stage of a suite, install or test: a sandbox, the suite program in it, what it reports. */
import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SuiteJob } from '../../../checks/kit/playwright.ts';
import type { LogLevel } from '../../../protocol/outcome.ts';
import type { Ending } from '../../sandbox/contain.ts';
import type { Sandbox, Sandboxed, SandboxLimits } from '../../sandbox/sandbox.ts';
import type { Mount } from '../../sandbox/sandboxCommand.ts';
import type { SuiteReport, SuiteTask } from '../inside/suiteMessages.ts';
import type { PlaywrightSurroundings } from '../surroundings.ts';
import type { CompileCache } from '../compileCache.ts';
import { COMPILED, fillSuiteFolder, suitePlaces, type Filling } from './suiteFolder.ts';

const MB = 1024 * 1024;
const GB = 1024 * MB;
/** What a suite may use (C.1): as much as its kind of check is known to need. */
export const SUITE_MEMORY = 4 * GB;
const LIMITS: Omit<SandboxLimits, 'ms'> = {
  processes: 4_096, memoryBytes: SUITE_MEMORY, fileBytes: 2 * GB, folderBytes: 8 * GB, openFiles: 4_096, cpuSeconds: 2 * 3_600,
};
/** Of an unpacked bundle. */
const BUNDLE_LIMITS: SuiteTask['limits'] = { totalBytes: 1 * GB, fileBytes: 256 * MB, entries: 50_000 };
/** ms that a stopped command has to end its tests and to write what it has. */
const GRACE_MS = 1_500;

/** Whoever sets one of these wants Node to compile otherwise. */
const COMPILE_VARIABLES = ['NODE_COMPILE_CACHE', 'NODE_DISABLE_COMPILE_CACHE', 'NODE_V8_COVERAGE'];

const INSIDE = fileURLToPath(new URL('../inside/', import.meta.url));
const ENDING = extname(fileURLToPath(import.meta.url));
/** Says which kind of modules the ones inside are. */
const MANIFEST = fileURLToPath(new URL('../../../../package.json', import.meta.url));
const LEVELS: readonly string[] = ['DEBUG', 'INFO', 'WARN', 'ERROR'] satisfies LogLevel[];

export interface StageSettings {
  stage: SuiteTask['stage'];
  command: string | null;
  ms: number;
  programs: Filling['programs'];
  npmrc: string;
  mounts: readonly Mount[];
  /** Code of the packages that was compiled before. */
  compiled?: CompileCache | null;
  /** Folders of the project that are mounted. */
  skip: string[];
  /** Beside what every stage has. Gets the job folder. */
  ownEnv(folder: string): Record<string, string>;
  /** Gets what Playwright's processes tell, line by line. */
  listen(started: Sandboxed): (line: string) => void;
  /** The command has been started. */
  onCommand?(): void;
}

/** `last`: the report that the stage ended with; null when it was killed before, or has ended by itself without one. */
export interface StageEnd { ending: Ending; last: SuiteReport | null }

/** What a stage needs of its run. */
type StageSurroundings = Pick<PlaywrightSurroundings, 'signal' | 'log' | 'egress'> & { files: Pick<PlaywrightSurroundings['files'], 'input'> };

/** Runs a stage; `then` sees its folder before that is removed. Rejects for faults of this machine, and when the bundle cannot be had. */
export async function runStage<T>(
  sandbox: Sandbox, job: SuiteJob, settings: StageSettings, around: StageSurroundings, then: (end: StageEnd, started: Sandboxed) => Promise<T>,
): Promise<T> {
  const { programs, compiled = null } = settings;
  const started = await sandbox.start({
    command: () => [process.execPath, '--no-warnings', join(INSIDE, `suiteProgram${ENDING}`)],
    mounts: [
      process.execPath, INSIDE, ...(existsSync(MANIFEST) ? [MANIFEST] : []), ...Object.values(programs).flatMap((tool) => tool?.mounts ?? []), ...settings.mounts,
      ...(compiled ? [{ from: compiled.path, to: COMPILED }] : []),
    ],
    env: {}, limits: { ...LIMITS, ms: settings.ms },
    prepare: async (folder, uid) => {
      await compiled?.admit(uid);
      await fillSuiteFolder(folder, uid, { ...(settings.stage === 'rehearsal' ? {} : { open: () => around.files.input(job.bundleKey) }), programs, npmrc: settings.npmrc });
    },
  });
  try {
    return await then(await carryOut(started, job, settings, around), started);
  } finally {
    await started.close();
  }
}

async function carryOut(started: Sandboxed, job: SuiteJob, settings: StageSettings, around: StageSurroundings): Promise<StageEnd> {
  let last: SuiteReport | null = null;
  const onEvent = settings.listen(started);
  started.write(`${JSON.stringify(taskFor(started.folder, job, settings))}\n`);
  // What is fetched before the test is none of its packets, and runs share it.
  const egress = settings.stage === 'test' ? around.egress : around.egress && { ...around.egress, capture: undefined };
  const ending = await started.begin({
    ms: settings.ms, signal: around.signal, egress,
    // The others have nothing that is worth waiting for.
    windDown: settings.stage !== 'test' ? undefined : { ask: () => started.write('stop\n'), graceMs: GRACE_MS },
    onReport: (line) => {
      const read = readLine(line);
      if (read === null) return;
      if ('line' in read) return around.log(read.level, read.line);
      if ('event' in read) return onEvent(line);
      if (read.suite === 'command') {
        const place = String(read.folder);
        around.log('DEBUG', `$ ${String(read.text)}${place === '' || place === '.' ? '' : `   (in ${place})`}`);
        settings.onCommand?.();
      } else if (read.suite === 'unpacked') around.log('DEBUG', `The code bundle is unpacked: ${Number(read.entries)} entries, ${Math.ceil(Number(read.bytes) / 1024)} kB.`);
      else last = read;
    },
  });
  return { ending, last };
}

function taskFor(folder: string, job: SuiteJob, { stage, command, skip, ownEnv, compiled, programs }: StageSettings): SuiteTask {
  const { root, bin, bundle, events, home, tmp, compiled: kept } = suitePlaces(folder);
  return {
    stage, bundle, root, workingDir: job.workingDir, limits: BUNDLE_LIMITS, skip, command, env: { ...job.env }, bin, events, compiled: kept,
    versions: Object.fromEntries(Object.entries(programs).map(([name, tool]) => [name, tool.version])),
    ownEnv: {
      HOME: home, TMPDIR: tmp, npm_config_update_notifier: 'false', npm_config_audit: 'false', npm_config_fund: 'false',
      // Browsers are the agent's; what a project's install would download is not used.
      PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1', ...(compiled && COMPILE_VARIABLES.every((name) => job.env[name] === undefined) ? { NODE_COMPILE_CACHE: kept, NODE_COMPILE_CACHE_PORTABLE: '1' } : {}),
      ...ownEnv(folder),
    },
  };
}

/** How a stage tells Node to load our modules into the project's processes. */
export const preloads = (...names: string[]): string => names.map((name) => `--import=${new URL(`../inside/${name}${ENDING}`, import.meta.url).href}`).join(' ');

type Line = { line: string; level: LogLevel } | { event: true } | SuiteReport;

/** User code can write such lines, too: only the shape is sure afterwards. */
function readLine(line: string): Line | null {
  try {
    const read = JSON.parse(line) as Record<string, unknown> | null;
    if (typeof read !== 'object' || read === null) return null;
    if (read.on === 'line') return { line: String(read.text), level: LEVELS.includes(String(read.level)) ? read.level as LogLevel : 'INFO' };
    if (typeof read.on === 'string') return { event: true };
    return typeof read.suite === 'string' ? read as unknown as SuiteReport : null;
  } catch {
    return null;
  }
}
