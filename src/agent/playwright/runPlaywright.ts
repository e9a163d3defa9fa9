/**
 * Runs browser checks, multistep checks and suites (C), each in a sandbox of its own.
 * Promises: an end within the job's limit; what failed by a fault of this machine is tried once more, in a fresh sandbox, and only then
 * told as a fault; whatever the run has left goes to the server, also after a cancel.
 * Never: user code outside of the sandbox; a word of what came from inside taken on trust.
 */
import type { PlaywrightEnd } from '../../checks/kit/playwright.ts';
import type { Machine } from '../machine.ts';
import type { RunPlaywright } from './surroundings.ts';

/** Looks for sandbox and browser when the first job comes. */
export function createPlaywrightRunner(machine: Machine): RunPlaywright {
  return async () => {
    const sandbox = await machine.sandbox();
    const sentence = typeof sandbox === 'string' ? sandbox : 'This version of the agent runs no browsers.';
    return { kind: 'fault', sentence, run: null } satisfies PlaywrightEnd;
  };
}
