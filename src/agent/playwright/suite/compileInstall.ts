/**
 * Compiled code of a project's own Playwright, for the runs after: made in a sandbox in which there is nothing but the installed packages
 * and a test of ours, when a run has used an install that was there before.
 * Promises: no run waits for it; it is there whole or not at all; it ends with the agent.
 * Never: anything that a test has written, or a variable of a check, in it.
 */
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { SuiteJob } from '../../../checks/kit/playwright.ts';
import type { Machine } from '../../machine.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { adoptFolder } from './adoptFolder.ts';
import type { Install } from './installCache.ts';
import { COMPILED } from './suiteFolder.ts';
import { runStage } from './suiteStage.ts';
import { testEnvironment } from './testEnvironment.ts';

interface Compiling {
  sandbox: Sandbox;
  job: SuiteJob;
  install: Install;
  /** The install is not needed any more. */
  done(): Promise<void>;
}

export interface InstallCompiler {
  /** False where there is nothing to do: then `done` is the caller's. Never rejects. */
  take(compiling: Compiling): boolean;
}

/** ms in which the run that has just ended hands over what it has. */
const REST_MS = 500;
const LIMIT_MS = 60_000;

export function createInstallCompiler(machine: Machine): InstallCompiler {
  const stop = new AbortController();
  const underWay = new Map<string, Promise<void>>();
  machine.onClose(async () => {
    stop.abort();
    await Promise.all(underWay.values());
  });
  return {
    take({ sandbox, job, install, done }) {
      const { folder, playwright } = install;
      // Without walls every job could change it.
      if (sandbox.facts.level === 'none' || playwright === null || job.cacheHash === null || stop.signal.aborted) return false;
      if (underWay.has(folder) || existsSync(join(folder, COMPILED))) return false;
      const work = compile(sandbox, job, install, stop.signal).catch(() => { /* the next run tries again */ }).finally(async () => {
        underWay.delete(folder);
        await done();
      });
      underWay.set(folder, work);
      return true;
    },
  };
}

async function compile(sandbox: Sandbox, job: SuiteJob, { folder, folders }: Install, signal: AbortSignal): Promise<void> {
  await pause(REST_MS, undefined, { signal });
  const mounts = folders.map((path) => ({ from: join(folder, 'tree', path), to: join('project', path) }));
  const around = { signal, log: () => {}, files: { input: () => Promise.reject(new Error('There is no bundle.')) } };
  await runStage(sandbox, { ...job, env: {} }, {
    stage: 'rehearsal', command: null, ms: LIMIT_MS, programs: {}, npmrc: '', mounts, skip: [], ownEnv: (inside) => testEnvironment(inside, null), listen: () => () => {},
  }, around, async ({ ending, last }, started) => {
    if (ending.why !== 'exit' || last?.suite !== 'rehearsed' || last.compiled !== true) return;
    const draft = await mkdtemp(join(folder, 'compiled-'));
    try {
      await adoptFolder(started.folder, COMPILED, draft, started.uid);
      await mkdir(dirname(join(folder, COMPILED)), { recursive: true });
      await rename(join(draft, COMPILED), join(folder, COMPILED));
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  });
}
