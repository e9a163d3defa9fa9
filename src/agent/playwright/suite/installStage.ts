/** A project's packages: from the cache, or installed in a sandbox of their own and taken over from there (C.4, C.6). */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SuiteJob } from '../../../checks/kit/playwright.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { SuiteReport } from '../inside/suiteMessages.ts';
import type { PlaywrightSurroundings } from '../surroundings.ts';
import { adoptFolder } from './adoptFolder.ts';
import type { InstallCache, Installed, Taken } from './installCache.ts';
import { programsFor, suitePlaces } from './suiteFolder.ts';
import { runStage, type StageEnd } from './suiteStage.ts';
import type { ManagerName, SuiteTools } from './suiteTools.ts';

/** Why there is nothing to run tests with. */
export type InstallFailure =
  /** The user's: the bundle, the lock file, the registry that it names. */
  | { why: 'failed'; message: string }
  | { why: 'cancelled' }
  | { why: 'disk' | 'flood' | 'memory' }
  /** Ours. */
  | { why: 'fault'; sentence: string; /** Another try may be better. */ again: boolean };

export interface InstallDeps { sandbox: Sandbox; cache: InstallCache; tools: SuiteTools }

/** Changes when what an entry consists of changes. */
const LAYOUT = 1;
const MOST_FOLDERS = 500;
const TOOLS: readonly string[] = ['pnpm', 'yarn-classic', 'yarn-berry'] satisfies ManagerName[];

/** Who shares an install: the same account, with the same of everything that it depends on (C.6). */
function keyOf(job: SuiteJob, accountId: string): string | null {
  if (job.cacheHash === null) return null;
  const parts = [LAYOUT, accountId, job.cacheHash, job.workingDir, job.installCommand, process.version, process.platform, process.arch];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

export async function takeInstall({ sandbox, cache, tools }: InstallDeps, job: SuiteJob, around: PlaywrightSurroundings): Promise<Taken<InstallFailure>> {
  const taking = cache.take<InstallFailure>(keyOf(job, around.accountId), job.refreshCache, (into) => install({ sandbox, tools, job, around, into, needed: [] }));
  const taken = await orCancelled(taking, around.signal);
  if (taken === null) {
    // Somebody else's install goes on without this run.
    void taking.then((late) => (late.kind === 'installed' ? late.release() : undefined), () => {});
    return { kind: 'failed', end: { why: 'cancelled' } };
  }
  if (taken.kind === 'installed' && !taken.fresh) around.log('DEBUG', 'The packages are in the cache: nothing is installed.');
  return taken;
}

async function orCancelled<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  const cancelled = Promise.withResolvers<null>();
  const cancel = () => cancelled.resolve(null);
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  try {
    return await Promise.race([work, cancelled.promise]);
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

interface Installing { sandbox: Sandbox; tools: SuiteTools; job: SuiteJob; around: PlaywrightSurroundings; into: string; needed: readonly ManagerName[] }

async function install(installing: Installing): Promise<Installed | { failed: InstallFailure }> {
  const { sandbox, tools, job, around, into, needed } = installing;
  const settings = {
    stage: 'install' as const, command: job.installCommand, ms: job.installMs, mounts: [], skip: [], ownEnv: () => ({}), listen: () => () => {},
    programs: await programsFor(tools, job.installCommand ?? '', needed), npmrc: await tools.npmSettings(),
  };
  const end = await runStage(sandbox, job, settings, around, async (ended, { folder, uid }) => {
    if (ended.ending.why !== 'exit' || ended.last?.suite !== 'installed') return { ended, installed: null };
    return { ended, installed: await adopt(ended.last, suitePlaces(folder).root, into, uid) };
  });
  if (end.installed !== null) return end.installed;
  const { last, ending } = end.ended;
  if (ending.why === 'exit' && last?.suite === 'missing' && TOOLS.includes(last.tool) && !needed.includes(last.tool)) {
    if (await tools.find(last.tool) !== null) return install({ ...installing, needed: [...needed, last.tool] });
    const name = last.tool.replace(/-.*/, '');
    return { failed: { why: 'fault', sentence: `The project's lock file is ${name}'s, which is not on the agent's machine and could not be fetched. Install ${name} there.`, again: false } };
  }
  return { failed: failureOf(end.ended, job) };
}

async function adopt({ folders, playwright }: Extract<SuiteReport, { suite: 'installed' }>, root: string, into: string, uid: number | null): Promise<Installed> {
  const paths = (Array.isArray(folders) ? folders : []).map(String).slice(0, MOST_FOLDERS);
  const installed = { folders: paths, files: 0, bytes: 0, playwright: playwright ? { version: String(playwright.version).slice(0, 100) } : null };
  const tree = join(into, 'tree');
  await mkdir(tree);
  for (const path of paths) {
    const { files, bytes } = await adoptFolder(root, path, tree, uid);
    installed.files += files;
    installed.bytes += bytes;
  }
  if (playwright) await writeFile(join(into, 'browsers.json'), String(playwright.browsers));
  return installed;
}

function failureOf({ ending, last }: StageEnd, { installCommand, installMs }: SuiteJob): InstallFailure {
  switch (ending.why) {
    case 'cancelled': return { why: 'cancelled' };
    case 'deadline': return { why: 'failed', message: `Command timed out: the packages were not installed within ${installMs} ms.` };
    case 'disk': case 'flood': return { why: ending.why };
    default:
  }
  if (last?.suite === 'bundle') return { why: 'failed', message: `The code bundle ${String(last.problem)}.` };
  if (last?.suite === 'fault') return { why: 'fault', sentence: `The packages could not be installed here: ${String(last.message)}`, again: true };
  if (last?.suite === 'ended') {
    const how = last.signal === null ? `exit code ${Number(last.code)}` : String(last.signal);
    return { why: 'failed', message: `Failed to run install command${installCommand === null ? '' : ` "${installCommand}"`}: ${how}.\n${String(last.said)}`.trimEnd() };
  }
  return ending.why === 'exit' && ending.signal === 'SIGKILL' ? { why: 'memory' } : { why: 'fault', sentence: `The install ended unexpectedly${ending.why === 'exit' && ending.said ? `: ${ending.said.split('\n').at(-1)}` : '.'}`, again: true };
}
