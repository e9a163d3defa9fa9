/** What traces tell of a run: how much went wrong in its browsers and requests (C.8), and the words in which it did. */
import { STATUS_CODES } from 'node:http';
import type { TraceError, TraceSummary } from '../../checks/kit/playwright.ts';
import { parsed } from './traceLine.ts';

/** `errors` by what makes two of them the same one. */
export interface TraceFindings {
  summary: TraceSummary;
  errors: ReadonlyMap<string, TraceError>;
}

/** Reads the lines of one file, in their order. */
export interface TraceReader {
  /**
   * Counts what one event tells, and keeps its words. @param line as the run wrote it: what counts does not depend on what is secret.
   * @param clean the same without secrets: all words are taken from it. null: they cannot be had.
   */
  read(line: string, clean: string | null): void;
  findings(): TraceFindings;
  /** What lies between here and `goBack` will be read once more. */
  mark(): { goBack(): void };
}

/** Different errors of a run whose words are kept; all are counted. */
const MOST_ERRORS = 100;
/** Characters of a message, an address, a stack. */
const LONGEST = { text: 1_000, url: 1_000, stack: 2_000 };

export const noFindings = (): TraceFindings => ({ summary: { consoleErrors: 0, networkErrors: 0, documentErrors: 0, userScriptErrors: 0 }, errors: new Map() });

/** Of several files of a run, together. */
export function addFindings(sum: TraceFindings, more: TraceFindings): TraceFindings {
  const summary = { ...sum.summary };
  for (const key of Object.keys(summary) as (keyof TraceSummary)[]) summary[key] += more.summary[key];
  const errors = new Map(sum.errors);
  for (const [key, error] of more.errors) keepError(errors, key, error);
  return { summary, errors };
}

/** By time; those without one at the end. */
export const inOrder = ({ errors }: TraceFindings): TraceError[] => [...errors.values()].sort((a, b) => (a.startTime ?? Infinity) - (b.startTime ?? Infinity) || 0);

function keepError(errors: Map<string, TraceError>, key: string, error: TraceError): void {
  const known = errors.get(key);
  if (known) errors.set(key, { ...known, ...firstOf(known, error), count: known.count + error.count });
  else if (errors.size < MOST_ERRORS) errors.set(key, error);
}

/** Traces of a run are read side by side. */
function firstOf({ startTime: one }: TraceError, { startTime: other }: TraceError): Pick<TraceError, 'startTime'> {
  const startTime = Math.min(one ?? Infinity, other ?? Infinity);
  return startTime === Infinity ? {} : { startTime };
}

/** The trace's own time, which has no date, and what it was when the recording began. ms */
interface Clock { wallTime: number; monotonicTime: number }
type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? value as Fields : {});
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export function createTraceReader(): TraceReader {
  let summary = noFindings().summary;
  let errors = new Map<string, TraceError>();
  let clock: Clock | null = null;
  return {
    read(line, clean) {
      if (!/"(?:console|pageError|resource-snapshot|ConsoleMessage|context-options)"/.test(line)) return;
      const event = parsed(line);
      if (event?.['type'] === 'context-options') clock = { wallTime: Number(event['wallTime']), monotonicTime: Number(event['monotonicTime']) };
      const kinds = event === null ? [] : kindsOf(event);
      for (const kind of kinds) if (kind !== 'requestErrors') summary[kind] += 1;
      // A page that failed is also a request that failed: told once, as what is worse.
      const kind = kinds.at(-1);
      const cleaned = kind !== undefined && clean !== null ? parsed(clean) : null;
      if (kind === undefined || cleaned === null) return;
      const error = wordsOf(kind, cleaned, clock);
      keepError(errors, JSON.stringify([kind, error.text, error.url, error.method, error.line, error.column]), error);
    },
    findings: () => ({ summary, errors }),
    mark() {
      const before = { summary: { ...summary }, errors: new Map(errors), clock };
      return { goBack() { ({ summary, errors, clock } = before); } };
    },
  };
}

/**
 * As what one event counts. consoleErrors: messages of type error. userScriptErrors: exceptions that the page did not catch.
 * networkErrors: requests of pages that failed or were answered with 400 and above, documents among them; not those that the page gave
 * up. documentErrors: those of them that were to be a page of its own, not in a frame. requestErrors: those of the test itself, which C.8 does not count.
 */
function kindsOf(event: Fields): TraceError['kind'][] {
  const { type, messageType, method, class: className, initializer, snapshot } = event;
  if (type === 'console' && messageType === 'error') return ['consoleErrors'];
  // Until Playwright 1.40.
  if (type === 'object' && className === 'ConsoleMessage' && fieldsOf(initializer)['type'] === 'error') return ['consoleErrors'];
  if (type === 'event' && method === 'pageError') return ['userScriptErrors'];
  return type === 'resource-snapshot' ? kindsOfRequest(fieldsOf(snapshot)) : [];
}

function kindsOfRequest({ request, response, _apiRequest, _apiRequestRef, _resourceType }: Fields): TraceError['kind'][] {
  const { _failureText: failure, status } = fieldsOf(response);
  const failed = typeof failure === 'string' ? !/ERR_ABORTED|NS_BINDING_ABORTED|cancelled/i.test(failure) : Number(status) >= 400;
  if (!failed) return [];
  if (_apiRequest || _apiRequestRef) return ['requestErrors'];
  const { headers: list, method } = fieldsOf(request);
  const headers = new Map((Array.isArray(list) ? list as unknown[] : []).map((header) => [String(fieldsOf(header)['name']).toLowerCase(), String(fieldsOf(header)['value'])]));
  // The browser's own question before a request of the page: that one fails, too.
  if (method === 'OPTIONS' && (headers.has('access-control-request-method') || typeof failure === 'string')) return [];
  const destination = headers.get('sec-fetch-dest');
  const isPage = destination === 'document' || (destination === undefined && (_resourceType === 'document' || headers.has('upgrade-insecure-requests')));
  return isPage ? ['networkErrors', 'documentErrors'] : ['networkErrors'];
}

function wordsOf(kind: TraceError['kind'], event: Fields, clock: Clock | null): TraceError {
  if (kind === 'consoleErrors') {
    const { text, location } = event['type'] === 'object' ? fieldsOf(event['initializer']) : event;
    return { kind, text: cut(textOf(text), LONGEST.text), ...placeOf(fieldsOf(location)), ...timeOf(event['time'], clock), count: 1 };
  }
  if (kind === 'userScriptErrors') {
    const { error, location } = fieldsOf(event['params']);
    return { kind, ...thrownOf(fieldsOf(error)), ...placeOf(fieldsOf(location)), ...timeOf(event['time'], clock), count: 1 };
  }
  const { request, response, startedDateTime } = fieldsOf(event['snapshot']);
  const { method, url } = fieldsOf(request);
  const startTime = Date.parse(textOf(startedDateTime));
  return {
    kind, text: answerOf(fieldsOf(response)), method: textOf(method), url: cut(textOf(url), LONGEST.url), ...(Number.isFinite(startTime) ? { startTime } : {}), count: 1,
  };
}

function answerOf({ _failureText: failure, status, statusText }: Fields): string {
  if (typeof failure === 'string') return cut(failure, LONGEST.text);
  return `${String(status)} ${cut(textOf(statusText) || (STATUS_CODES[Number(status)] ?? ''), LONGEST.text)}`.trimEnd();
}

/** What was thrown may be no error. */
function thrownOf({ error, value }: Fields): { text: string; stack?: string } {
  const { name, message, stack } = fieldsOf(error);
  if (error === undefined) return { text: cut(`Thrown: ${JSON.stringify(value)}`, LONGEST.text) };
  const text = [textOf(name), textOf(message)].filter((part) => part !== '').join(': ');
  return { text: cut(text, LONGEST.text), ...(textOf(stack) === '' ? {} : { stack: cut(textOf(stack), LONGEST.stack) }) };
}

/** Lines and columns begin with 0 in a trace; what has no place in its file stands at 0:0. */
function placeOf({ url, lineNumber, columnNumber, line = lineNumber, column = columnNumber }: Fields): Pick<TraceError, 'url' | 'line' | 'column'> {
  if (textOf(url) === '') return {};
  const within = typeof line === 'number' && typeof column === 'number' && line + column > 0;
  return { url: cut(textOf(url), LONGEST.url), ...(within ? { line: line + 1, column: column + 1 } : {}) };
}

function timeOf(time: unknown, clock: Clock | null): Pick<TraceError, 'startTime'> {
  const startTime = clock === null ? NaN : Math.round(clock.wallTime + Number(time) - clock.monotonicTime);
  return Number.isFinite(startTime) ? { startTime } : {};
}

const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most)}…`);
