/**
 * Hears what the code inside a sandbox tells, line by line, and makes a run of it: lines of the job log at once, the rest at the end.
 * Promises: bounded in memory, whatever comes; every text, number and path has the shape that it should have.
 * Never: trust. User code can write such lines itself: what they say is about its own run only, and files are opened by somebody careful.
 */
import { isAbsolute, relative } from 'node:path';
import type { Moment, PageVisit, PlaywrightRun, RunError, VideoMoments, WebVitals } from '../../checks/kit/playwright.ts';
import type { LogLevel } from '../../protocol/outcome.ts';
import type { EvidenceFile } from '../evidence/createEvidence.ts';
import { cutText } from './inside/cutText.ts';
import type { TestCounts } from './inside/messages.ts';

type Fields = Record<string, unknown>;

export interface CollectorDeps {
  /** The job folder, as the run sees it: files are told by absolute paths. */
  folder: string;
  log(level: LogLevel, msg: string): void;
  /** Put over every text, at the time it is told. */
  rewrite?(text: string): string;
}

/** What was told by the end of the run. */
export interface Collected {
  runner: PlaywrightRun['runner'];
  /** Playwright's verdict; null: the run did not come to its end. */
  status: 'passed' | 'failed' | 'timedout' | 'interrupted' | null;
  errors: RunError[];
  hardFailure: boolean;
  degraded: string[] | null;
  counts: TestCounts;
  pages: PageVisit[];
  /** Unix ms; null: the tests had not begun, or had not ended. */
  startTime: number | null;
  endTime: number | null;
  files: EvidenceFile[];
  videoMoments: VideoMoments[];
  playwright: string | null;
  /** A browser that could not be started, in Playwright's words. */
  noBrowser: string | null;
  /** Tests that have begun, and have ended. */
  begun: number;
}

export interface Collector {
  /** One line of JSON; what is none is left out. */
  take(line: string): void;
  collected(): Collected;
  /** Writes the errors into the job log: they come last. */
  logErrors(): void;
}

const MOST = { errors: 200, pages: 500, files: 2_000, moments: 3_000 };
const LONGEST = { line: 64 * 1024, message: 16 * 1024, title: 500, url: 2_048 };
const STATUSES = ['passed', 'failed', 'timedout', 'interrupted'] as const;
const LEVELS: readonly LogLevel[] = ['DEBUG', 'INFO', 'WARN', 'ERROR'];
const VITALS = ['LCP', 'FCP', 'CLS', 'TTFB', 'TBT', 'INP'] as const satisfies readonly (keyof WebVitals)[];

export function createCollector({ folder, log, rewrite = (text) => text }: CollectorDeps): Collector {
  const known: Collected = {
    runner: 'PLAYWRIGHT_TEST', status: null, errors: [], hardFailure: false, degraded: null, counts: { total: 0, passed: 0, failed: 0, flaky: 0, skipped: 0 }, pages: [],
    startTime: null, endTime: null, files: [], videoMoments: [], playwright: null, noBrowser: null, begun: 0,
  };
  const pages = new Map<string, PageVisit>();
  const text = (value: unknown, longest = LONGEST.message): string => rewrite(typeof value === 'string' ? cutText(value, longest) : '');
  const hearing: Hearing = { known, pages, folder, log, text };
  const take: Takers = { ...ofTheRun(hearing), ...ofTests(hearing), ...ofPages(hearing) };
  return {
    take(line) {
      const event = parse(line);
      if (event !== null && typeof event.on === 'string' && Object.hasOwn(take, event.on)) take[event.on]?.(event);
    },
    collected: () => ({ ...known, pages: [...pages.values()] }),
    logErrors() {
      for (const error of known.errors) log('ERROR', describe(error));
    },
  };
}

type Takers = Readonly<Record<string, (event: Fields) => void>>;
interface Hearing { known: Collected; pages: Map<string, PageVisit>; folder: string; log: CollectorDeps['log']; text: ReadText }

function ofTheRun({ known, log, text }: Hearing): Takers {
  return {
    line: ({ level, text: said }) => {
      const line = text(said, LONGEST.line).replace(/\r?\n$/, '');
      if (line !== '') log(oneOf(LEVELS, level) ?? 'INFO', line);
    },
    runner: ({ runner }) => { known.runner = runner === 'PLAYWRIGHT' ? 'PLAYWRIGHT' : 'PLAYWRIGHT_TEST'; },
    begin: ({ at, playwright, tests, workers }) => {
      known.startTime = numberOf(at);
      known.playwright = text(playwright, 40);
      known.counts.total = numberOf(tests) ?? 0;
      if (known.runner === 'PLAYWRIGHT') log('DEBUG', `Playwright ${known.playwright}, as a library`);
      else log('DEBUG', `Playwright ${known.playwright}: ${known.counts.total} ${known.counts.total === 1 ? 'test' : 'tests'} with ${numberOf(workers) ?? 1} ${workers === 1 ? 'worker' : 'workers'}`);
    },
    browser: ({ name, version }) => log('DEBUG', `Browser: ${text(name, 40)} ${text(version, 60)}`),
    noBrowser: ({ message }) => { known.noBrowser ??= text(message); },
    degraded: ({ reason }) => {
      known.degraded ??= [];
      if (typeof reason === 'string' && known.degraded.length < MOST.errors) known.degraded.push(text(reason, LONGEST.title));
    },
    end: ({ at, status, hardFailure, counts }) => {
      known.endTime = numberOf(at);
      known.status = oneOf(STATUSES, status) ?? 'failed';
      known.hardFailure ||= hardFailure === true;
      const told = (counts ?? {}) as Fields;
      const number = (name: keyof TestCounts) => Math.max(0, Math.trunc(numberOf(told[name]) ?? 0));
      known.counts = { total: number('total'), passed: number('passed'), failed: number('failed'), flaky: number('flaky'), skipped: number('skipped') };
    },
  };
}

function ofTests({ known, folder, log, text }: Hearing): Takers {
  const tried = new Set<string>();
  let room = MOST.moments;
  const momentsOf = (told: unknown): Moment[] => {
    const moments = (Array.isArray(told) ? told : []).slice(0, room).flatMap((one): Moment[] => {
      const { title, at, ms, failed } = (one ?? {}) as Fields;
      return numberOf(at) === null ? [] : [{ title: text(title, LONGEST.title), at: Number(at), ms: numberOf(ms) ?? 0, failed: failed === true }];
    });
    room -= moments.length;
    return moments;
  };
  const addFile = ({ name, contentType, path }: Fields, ofIt: readonly Moment[]): void => {
    if (typeof path !== 'string' || !isAbsolute(path) || known.files.length >= MOST.files) return;
    const inside = relative(folder, path);
    const kind = text(contentType, 100);
    if (known.files.some((file) => file.path === inside)) return;
    const kept = fileName(text(name, 200), inside);
    if (kind.startsWith('video/') && ofIt.length > 0) known.videoMoments.push({ video: kept, moments: ofIt });
    known.files.push({ path: inside, name: kept, type: typeOf(text(name, 200), kind), contentType: kind });
  };
  return {
    testBegin: ({ test }) => {
      known.begun += 1;
      if (known.runner === 'PLAYWRIGHT_TEST') log('DEBUG', `Test: ${text(nameOf(test))}`);
    },
    step: ({ title, depth, ms, failed }) => {
      const took = numberOf(ms);
      log('DEBUG', `${'  '.repeat(1 + Math.min(6, numberOf(depth) ?? 0))}${text(title, LONGEST.title)}${took ? ` (${Math.round(took)} ms)` : ''}${failed === true ? ' failed' : ''}`);
    },
    testEnd: ({ test, status, expected, ms, files, moments }) => {
      const good = expected === true;
      count(known.counts, oneOf(['skipped'], status) ?? (good ? 'passed' : 'failed'), isRetry(test, tried));
      if (known.runner === 'PLAYWRIGHT_TEST') log(good ? 'DEBUG' : 'ERROR', `${text(status, 40)}: ${text(nameOf(test))} (${Math.round(numberOf(ms) ?? 0)} ms)`);
      const ofIt = momentsOf(moments);
      for (const file of Array.isArray(files) ? files : []) addFile((file ?? {}) as Fields, ofIt);
    },
    error: ({ error }) => {
      if (known.errors.length < MOST.errors) known.errors.push(errorOf((error ?? {}) as Fields, text));
      if ((error as Fields | null)?.soft !== true) known.hardFailure = true;
    },
  };
}

function ofPages({ pages, text }: Hearing): Takers {
  return {
    page: ({ id, visit }) => {
      const { url, vitals, softNavigation, test } = (visit ?? {}) as Fields;
      const key = text(id, 200);
      if (!pages.has(key) && pages.size >= MOST.pages) return;
      pages.set(key, { url: text(url, LONGEST.url), vitals: vitalsOf(vitals), softNavigation: softNavigation === true, ...(typeof test === 'string' ? { test: text(test, LONGEST.title) } : {}) });
    },
  };
}

function parse(line: string): Fields | null {
  try {
    const event = JSON.parse(line) as unknown;
    return typeof event === 'object' && event !== null ? event as Fields : null;
  } catch {
    return null;
  }
}

const numberOf = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);
const oneOf = <T extends string>(list: readonly T[], value: unknown): T | null => list.find((one) => one === value) ?? null;

function nameOf(test: unknown): string {
  const { titlePath, project, retry } = (test ?? {}) as Fields;
  const titles = Array.isArray(titlePath) ? titlePath.filter((title) => typeof title === 'string').join(' › ') : '';
  const again = numberOf(retry) ? ` (retry ${numberOf(retry)})` : '';
  return cutText(`${typeof project === 'string' && project !== '' && project !== 'chromium' ? `[${project}] ` : ''}${titles}`, LONGEST.title) + again;
}

function isRetry(test: unknown, seen: Set<string>): boolean {
  const { id } = (test ?? {}) as Fields;
  const key = typeof id === 'string' ? id.slice(0, 200) : '';
  if (seen.has(key)) return true;
  if (seen.size < 100_000) seen.add(key);
  return false;
}

/** As far as it is known when a run does not come to its end. */
function count(counts: TestCounts, how: 'passed' | 'failed' | 'skipped', again: boolean): void {
  if (again && how === 'passed') {
    counts.failed = Math.max(0, counts.failed - 1);
    counts.flaky += 1;
  } else if (!again) counts[how] += 1;
}

function vitalsOf(told: unknown): WebVitals {
  const given = (told ?? {}) as Fields;
  return Object.fromEntries(VITALS.flatMap((name) => {
    const value = numberOf(given[name]);
    return value === null || value < 0 ? [] : [[name, Math.round(value * 1_000) / 1_000]];
  }));
}

type ReadText = (value: unknown, longest?: number) => string;

function errorOf(told: Fields, text: ReadText): RunError {
  const optional = (key: string, longest?: number) => (typeof told[key] === 'string' && told[key] !== '' ? { [key]: text(told[key], longest) } : {});
  const { file, line, column } = (told.location ?? {}) as Fields;
  const titles = Array.isArray(told.titlePath) ? told.titlePath.slice(0, 20).map((title) => text(title, LONGEST.title)) : null;
  return {
    message: text(told.message), ...optional('name', 100), ...optional('stack'), ...optional('snippet'),
    ...(typeof file === 'string' ? { location: { file: text(file, LONGEST.title), line: numberOf(line) ?? 0, column: numberOf(column) ?? 0 } } : {}),
    ...optional('testTitle', LONGEST.title), ...(titles ? { titlePath: titles } : {}), ...optional('file', LONGEST.title), ...optional('project', 200), ...optional('specId', 200),
    ...(numberOf(told.retry) === null ? {} : { retry: numberOf(told.retry) ?? 0 }), ...(told.soft === true ? { soft: true } : {}),
  };
}

/** As it is read: which test, what, where. */
function describe({ message, snippet, location, titlePath, stack }: RunError): string {
  const head = titlePath && titlePath.length > 0 ? `${titlePath.join(' › ')}\n` : '';
  const where = location ? `\n    at ${location.file}:${location.line}:${location.column}` : '';
  const lines = snippet ? `\n\n${snippet}` : '';
  return `${head}${message}${lines}${where || (stack && !lines ? `\n${stack}` : '')}`;
}

/** Names of attachments are seldom names of files. */
function fileName(name: string, path: string): string {
  const base = path.split('/').at(-1) ?? path;
  const folder = path.split('/').at(-2) ?? '';
  return /^attachment-\d+$/.test(base) ? name : folder === '' || /^(results|attachments|\.assay)$/.test(folder) ? base : `${folder}/${base}`;
}

function typeOf(name: string, contentType: string): EvidenceFile['type'] {
  if (name === 'trace' && contentType === 'application/zip') return 'trace';
  if (contentType.startsWith('video/')) return 'video';
  return contentType.startsWith('image/') ? 'screenshot' : 'file';
}
