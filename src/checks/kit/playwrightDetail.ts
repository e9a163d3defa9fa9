/** From what Playwright left to a verdict and a detail (C.7 to C.10). Pure. */
import type { PlaywrightEnd, PlaywrightRun, RunError, WebVitals } from './playwright.ts';
import type { ProbeContext, ProbeOutcome } from './probe.ts';
import type { Detail, Verdict } from '../../protocol/outcome.ts';

/** The end of a run on an agent that has no runner. */
export const NO_PLAYWRIGHT: PlaywrightEnd = { kind: 'fault', sentence: 'This agent runs no browsers and no test suites.', run: null };

/**
 * The outcome of a run. @param limitMs the time that it had. @param detailOf the type's own result, without addresses of files.
 * `responseTime` is the wall time of the user's code (A.5).
 */
export function endedBy(end: PlaywrightEnd, limitMs: number, detailOf: (run: PlaywrightRun) => Detail, { log }: Pick<ProbeContext, 'log'>): ProbeOutcome {
  const { run } = end;
  const base = {
    overMaxResponseTime: false, networkError: false, responseTime: run ? Math.max(0, run.endTime - run.startTime) : null, detail: run ? detailOf(run) : {},
  };
  if (end.kind === 'fault') {
    log('ERROR', end.sentence);
    return { ...base, verdict: 'errored', interrupted: run?.stopped === 'cancelled', fault: end.sentence };
  }
  const stop = run === null ? null : stopMessage(end.run, limitMs);
  if (stop !== null) log('ERROR', stop);
  for (const reason of end.run.degraded ?? []) log('WARN', `Marked as degraded: ${reason}`);
  if (end.run.degraded?.length === 0) log('WARN', 'Marked as degraded.');
  return { ...base, verdict: verdictOf(end.run), interrupted: end.run.stopped !== null, fault: null };
}

/** C.7: the table. */
export function verdictOf({ stopped, passed, hardFailure, degraded, counts }: PlaywrightRun): Verdict {
  if (stopped !== null) return 'failed';
  if (passed) return degraded === null ? 'passed' : 'degraded';
  // Playwright can fail without a failing test: nothing found, a file that does not load.
  return degraded !== null && !hardFailure && counts.failed > 0 ? 'degraded' : 'failed';
}

/** Of C.1, for runs that say nothing else. */
const MEMORY_BYTES = 2.7 * 1024 ** 3;

/** What cut a run short, in the words of C.7; null when nothing did. A cancel is nobody's error. */
function stopMessage({ stopped, memoryBytes }: PlaywrightRun, limitMs: number): string | null {
  switch (stopped) {
    case 'deadline': return `Your check run has reached the maximum run time of ${limitMs} ms.`;
    case 'memory': return `Your check has reached the maximum memory usage of ${Math.round((memoryBytes ?? MEMORY_BYTES) / 1024 ** 3 * 10) / 10} GiB`;
    case 'disk': return 'Your check has written more files than a run may leave on disk.';
    case 'flood': return 'Your check has printed more than a run may print.';
    default: return null;
  }
}

/** C.7, "Error entries": what ended the run comes first. */
export function errorsOf(run: PlaywrightRun, limitMs: number): RunError[] {
  const stop = stopMessage(run, limitMs);
  return [...(stop === null ? [] : [{ message: stop }]), ...run.errors];
}

/** What traces and videos tell of a run (C.8). */
export const evidenceOf = ({ traceSummary, traceErrors, videoMoments }: PlaywrightRun): Detail => ({ traceSummary, traceErrors, ...(videoMoments.length > 0 ? { videoMoments } : {}) });

type Score = 'GOOD' | 'NEEDS_IMPROVEMENT' | 'POOR';
/** The public thresholds (C.8): up to the first GOOD, up to the second NEEDS_IMPROVEMENT. ms, but CLS. */
const THRESHOLDS: Readonly<Record<keyof WebVitals, readonly [good: number, fair: number]>> = {
  LCP: [2_500, 4_000], FCP: [1_800, 3_000], CLS: [0.1, 0.25], TTFB: [800, 1_800], TBT: [200, 600], INP: [200, 500],
};

export interface PageDetail { url: string; webVitals: Record<string, { value: number; score: Score }>; softNavigation: boolean; test?: string }

/** One a visited page; a vital that could not be measured is left out. */
export function pagesOf({ pages }: PlaywrightRun): PageDetail[] {
  return pages.map(({ url, vitals, softNavigation, test }) => ({
    url, softNavigation, ...(test === undefined ? {} : { test }),
    webVitals: Object.fromEntries(Object.entries(THRESHOLDS).flatMap(([name, [good, fair]]) => {
      const value = vitals[name as keyof WebVitals];
      if (typeof value !== 'number' || !Number.isFinite(value)) return [];
      return [[name, { value, score: value <= good ? 'GOOD' : value <= fair ? 'NEEDS_IMPROVEMENT' : 'POOR' } satisfies { value: number; score: Score }]];
    })),
  }));
}
