/**
 * Runs browser checks, multistep checks and suites (C), each in a sandbox of its own.
 * Promises: an end within the job's limit; what failed by a fault of this machine is tried once more, in a fresh sandbox, and only then
 * told as a fault; whatever the run has left goes to the server, also after a cancel.
 * Never: user code outside of the sandbox; a word of what came from inside taken on trust.
 */
import type { PlaywrightEnd } from '../../checks/kit/playwright.ts';
import type { Machine } from '../machine.ts';
import { openSingleFiles, type Attempt, type SingleFiles } from './singleFile.ts';
import { openSuites, runSuite, type SuiteDeps } from './suite/runSuite.ts';
import type { PlaywrightSurroundings, RunPlaywright } from './surroundings.ts';

/** Looks for sandbox and browser when the first job comes. */
export function createPlaywrightRunner(machine: Machine): RunPlaywright {
  let single: SingleFiles | null = null;
  let suites: SuiteDeps | null = null;
  return async (job, around) => {
    if (job.kind === 'suite') {
      const deps = suites ??= openSuites(machine, around.now);
      return twice((again) => runSuite(deps, job, again), around);
    }
    try {
      single ??= openSingleFiles(machine);
    } catch (error) {
      return { kind: 'fault', sentence: `Playwright is not installed beside this agent: ${(error as Error).message}`, run: null };
    }
    const files = single;
    return twice((again) => files.attempt(job, again), around);
  };
}

/** A fault is tried once more; a cancelled run is not. */
async function twice(attempt: (around: PlaywrightSurroundings) => Promise<Attempt>, around: PlaywrightSurroundings): Promise<PlaywrightEnd> {
  const once = async (): Promise<Attempt> => {
    try {
      return await attempt(around);
    } catch (error) {
      return { run: null, fault: `The check could not be run: ${(error as Error).message}`, again: true };
    }
  };
  let last = await once();
  if (last.fault !== null && last.again && !around.signal.aborted) {
    around.log('WARN', `${last.fault} It is tried once more.`);
    last = await once();
  }
  if (last.fault !== null) return { kind: 'fault', sentence: last.fault, run: last.run };
  if (last.run === null) return { kind: 'fault', sentence: 'The check left nothing.', run: null };
  return { kind: 'done', run: last.run };
}
