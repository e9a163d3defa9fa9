/** What a reporter tells of a run, in the words of our own runs (C.7, C.10, C.11). Pure. */
import { stripVTControlCharacters } from 'node:util';
import type { RecordedBody, RecordedError } from '../../contract/recordings.ts';
import type { LogEntry, LogLevel } from '../../protocol/outcome.ts';
import type { Recorded } from '../../sessions/record.ts';

interface TestCounts { total: number; passed: number; failed: number; flaky: number; skipped: number }

/** What a result shows; all of it is in the report. */
const MOST_ERRORS = 200;
const LONGEST_MESSAGE = 20_000;
/** Characters of the whole log (C.11). */
const LOG_LIMIT = 1024 * 1024;
const LEVELS: readonly string[] = ['DEBUG', 'INFO', 'WARN', 'ERROR'] satisfies LogLevel[];

const plain = (text: string): string => stripVTControlCharacters(text).slice(0, LONGEST_MESSAGE);

function errorOf({ error, projectName, specId, testFile, testTitle, suitePath }: RecordedError): Record<string, unknown> {
  return {
    message: plain(error.message ?? 'The test failed.'), ...(error.stack ? { stack: plain(error.stack) } : {}), ...(error.snippet ? { snippet: plain(error.snippet) } : {}),
    ...(testTitle ? { testTitle, titlePath: [...suitePath ?? [], testTitle] } : {}), ...(testFile ? { file: testFile } : {}),
    ...(projectName ? { project: projectName } : {}), ...(specId ? { specId } : {}),
  };
}

/** @param log what the archive had for one, and @param counts what its report counted; null where it had none. */
export function recordedOutcome(body: RecordedBody, log: LogEntry[] | null, counts: TestCounts | null): Recorded {
  const [startedAt, stoppedAt] = [Date.parse(body.startedAt), Date.parse(body.stoppedAt)];
  const errors = (body.metadata?.errors ?? []).slice(0, MOST_ERRORS).map(errorOf);
  return {
    verdict: body.status === 'FAILED' ? 'failed' : body.isDegraded ? 'degraded' : 'passed', startedAt, stoppedAt, responseTime: body.responseTime ?? stoppedAt - startedAt,
    detail: JSON.stringify({ errors, startTime: startedAt, endTime: stoppedAt, ...(counts ? { counts } : {}) }), log: log && JSON.stringify({ setup: [], request: log, teardown: [] }),
  };
}

/** The counts of Playwright's JSON report, in the words of our own runs; null for anything else. */
export function readCounts(text: string): TestCounts | null {
  const { stats } = (parse(text) ?? {}) as { stats?: Record<string, unknown> | null };
  const [passed, failed, flaky, skipped] = ['expected', 'unexpected', 'flaky', 'skipped'].map((name) => Number(stats?.[name]));
  const counts = { total: 0, passed: passed ?? NaN, failed: failed ?? NaN, flaky: flaky ?? NaN, skipped: skipped ?? NaN };
  const total = Object.values(counts).reduce((sum, count) => sum + count);
  return Number.isSafeInteger(total) && Object.values(counts).every((count) => count >= 0) ? { ...counts, total } : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The lines of `logs.txt`, which is JSON in spite of its name; null for anything else. */
export function readLog(text: string): LogEntry[] | null {
  const lines = parse(text);
  if (!Array.isArray(lines)) return null;
  const entries: LogEntry[] = [];
  let room = LOG_LIMIT;
  for (const line of lines as ({ time?: unknown; msg?: unknown; level?: unknown } | null)[]) {
    if (typeof line?.msg !== 'string' || typeof line.time !== 'number') continue;
    const msg = plain(line.msg);
    room -= msg.length;
    if (room < 0) {
      entries.push({ time: line.time, msg: 'The job log ends here: it is longer than 1 MB.', level: 'WARN' });
      break;
    }
    entries.push({ time: line.time, msg, level: LEVELS.includes(String(line.level)) ? line.level as LogLevel : 'INFO' });
  }
  return entries;
}
