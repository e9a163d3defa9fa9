/**
 * The multistep probe (C.9): one script that sends requests with Playwright, in the agent's sandbox.
 * Promises: a failing script is data; what could not be run here is `errored` with the reason.
 * Never: a browser.
 */
import { CURRENT_RUNTIME } from '../../contract/runtimes.ts';
import { endedBy, errorsOf, NO_PLAYWRIGHT } from '../kit/playwrightDetail.ts';
import { singleFileJob } from '../kit/playwrightSettings.ts';
import type { Probe } from '../kit/probe.ts';
import type { MultiStepSettings } from './schema.ts';

export const probeMultiStep: Probe<MultiStepSettings> = async (settings, context) => {
  const job = singleFileJob('multistep', settings, context);
  const end = context.playwright ? await context.playwright(job) : NO_PLAYWRIGHT;
  return endedBy(end, job.limitMs, (run) => ({
    errors: errorsOf(run, job.limitMs), startTime: run.startTime, endTime: run.endTime, runtimeVersion: CURRENT_RUNTIME, counts: run.counts, traceErrors: run.traceErrors,
    ...(run.snapshots.length > 0 ? { snapshots: run.snapshots } : {}),
  }), context);
};
