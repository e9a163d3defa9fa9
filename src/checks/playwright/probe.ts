/**
 * The suite probe (C.10): a project with its own Playwright, in the agent's sandbox.
 * Promises: a failing suite is data; what could not be run here is `errored` with the reason.
 * Never: a process of its own; the agent has them (`context.playwright`).
 */
import type { SuiteJob } from '../kit/playwright.ts';
import { endedBy, errorsOf, evidenceOf, NO_PLAYWRIGHT, pagesOf } from '../kit/playwrightDetail.ts';
import type { Probe } from '../kit/probe.ts';
import { suiteCommands, type PlaywrightSettings } from './schema.ts';

/** ms for the install and for the test command (C.1). */
const INSTALL_LIMIT_MS = 5 * 60_000;
const TEST_LIMIT_MS = 30 * 60_000;

export const probePlaywright: Probe<PlaywrightSettings> = async (settings, context) => {
  const job: SuiteJob = {
    kind: 'suite', bundleKey: settings.codeBundlePath, cacheHash: settings.cacheHash || null, refreshCache: settings.refreshCache === true,
    ...suiteCommands(settings), engine: settings.engine ? { name: settings.engine, version: settings.engineVersion || null } : null,
    env: builtIns(context.env), installMs: INSTALL_LIMIT_MS, limitMs: TEST_LIMIT_MS,
  };
  const end = context.playwright ? await context.playwright(job) : NO_PLAYWRIGHT;
  return endedBy(end, job.limitMs, (run) => ({
    errors: errorsOf(run, job.limitMs), pages: pagesOf(run), ...evidenceOf(run), startTime: run.startTime, endTime: run.endTime, counts: run.counts,
  }), context);
};

/** Names that suites know their check by, beside those of all types (B.13). */
function builtIns(env: Readonly<Record<string, string>>): Record<string, string> {
  const { CHECK_ID, REGION } = env;
  return { ...(CHECK_ID === undefined ? {} : { CHECKLY_CHECK_ID: CHECK_ID }), ...(REGION === undefined ? {} : { CHECKLY_REGION: REGION }), ...env };
}
