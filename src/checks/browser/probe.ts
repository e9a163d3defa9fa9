/**
 * The browser probe (C.8): one script with Playwright, in the agent's sandbox.
 * Promises: a failing script is data; what could not be run here is `errored` with the reason.
 * Never: a browser or a process of its own; the agent has both (`context.playwright`).
 */
import { CURRENT_RUNTIME } from '../../contract/runtimes.ts';
import { endedBy, errorsOf, evidenceOf, NO_PLAYWRIGHT, pagesOf } from '../kit/playwrightDetail.ts';
import { singleFileJob } from '../kit/playwrightSettings.ts';
import type { Probe } from '../kit/probe.ts';
import type { BrowserSettings } from './schema.ts';

export const probeBrowser: Probe<BrowserSettings> = async (settings, context) => {
  const job = singleFileJob('browser', settings, context);
  const end = context.playwright ? await context.playwright(job) : NO_PLAYWRIGHT;
  return endedBy(end, job.limitMs, (run) => ({
    type: run.runner, ...evidenceOf(run), pages: pagesOf(run), errors: errorsOf(run, job.limitMs), startTime: run.startTime, endTime: run.endTime,
    runtimeVersion: CURRENT_RUNTIME, counts: run.counts, ...(run.snapshots.length > 0 ? { snapshots: run.snapshots } : {}),
  }), context);
};
