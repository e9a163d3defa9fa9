/** Lines of a trace, one JSON event each: which of their values are kept as they are, and what they say about the page (C.8). */
import type { TraceSummary } from '../../checks/kit/playwright.ts';
import type { JsonRules } from './scrubber.ts';

/** The files of a trace that are lines of JSON. */
export const TRACE_LINES = /(?:^|[-/])(?:trace|test)\.(?:trace|network)$|\.(?:trace|network)$/;
/** What Playwright names by itself: the hash of a content, or an identifier of its own, perhaps in a folder and with an ending. */
const GENERATED = /^(?:(?:resources|screencast|src|attachments)\/)?(?:[\w-]{1,40}@)?[0-9a-f]{16,40}(?:-\d+)*(?:\.[a-z0-9]{1,10})?$/;
/** Numbers of calls, snapshots, frames: two of them must not become the same. */
const ORDINAL = /^(?:[\w:.-]{1,40}@){1,3}[0-9a-f]{1,40}$/;
const REFERENCES: ReadonlySet<string> = new Set(['file', '_file', 'frameId', '_frameref', 'parentFrameId', 'guid', '_apiRequestRef']);
const ORDINALS: ReadonlySet<string> = new Set(['callId', 'stepId', 'parentId', 'beforeSnapshot', 'inputSnapshot', 'afterSnapshot', 'snapshotName', 'group']);

/** An entry's or a file's name that no secret can be in. */
export const isGenerated = (name: string): boolean => GENERATED.test(name);

/** What the run itself has handed over or got back, unlike times, sizes and places. */
const HANDED_OVER: ReadonlySet<string> = new Set(['params', 'result', 'args', 'arg', 'postData']);

/** A.10: in traces numbers stay where they make them readable, and the values of the keys by which their parts are joined. */
export const TRACE_RULES: JsonRules = {
  numbers: HANDED_OVER,
  keeps(key, value) {
    if (key === 'pageref' || key === 'pageId' || key === 'downloadsPath' || key === 'tracesDir' || /sha1$/.test(key)) return true;
    return (REFERENCES.has(key) && GENERATED.test(value)) || (ORDINALS.has(key) && ORDINAL.test(value));
  },
};

/** Without pictures there is nothing for these to refer to. @returns the line without them; null: nothing is left of it. */
export function withoutPictures(line: string): string | null {
  if (line.startsWith('{"type":"screencast-frame"') || line.startsWith('{"type":"screenshot"')) return null;
  if (!line.includes('"attachments"')) return line;
  const event = parsed(line);
  if (!Array.isArray(event?.['attachments'])) return line;
  const attachments = (event['attachments'] as { contentType?: unknown }[]).filter((one) => !/^(?:image\/(?!svg)|video\/|application\/pdf)/.test(String(one?.contentType)));
  return JSON.stringify({ ...event, attachments });
}

export const emptySummary = (): TraceSummary => ({ consoleErrors: 0, networkErrors: 0, documentErrors: 0, userScriptErrors: 0 });

export function addSummary(sum: TraceSummary, more: TraceSummary): void {
  for (const key of Object.keys(sum) as (keyof TraceSummary)[]) sum[key] += more[key];
}

/**
 * Counts what one event tells. consoleErrors: messages of type error. userScriptErrors: exceptions that the page did not catch.
 * networkErrors: requests of pages that failed or were answered with 400 and above, documents among them; not those that the page gave
 * up, nor those of the test itself. documentErrors: those of them that were to be a page of its own, not in a frame.
 */
export function countEvent(line: string, summary: TraceSummary): void {
  if (!/"(?:console|pageError|resource-snapshot|ConsoleMessage)"/.test(line)) return;
  const event = parsed(line);
  if (!event) return;
  const { type, messageType, method, class: className, initializer, snapshot } = event as Partial<Record<string, unknown>> & { initializer?: { type?: unknown } };
  if (type === 'console' && messageType === 'error') summary.consoleErrors += 1;
  // Until Playwright 1.40.
  if (type === 'object' && className === 'ConsoleMessage' && initializer?.type === 'error') summary.consoleErrors += 1;
  if (type === 'event' && method === 'pageError') summary.userScriptErrors += 1;
  if (type === 'resource-snapshot') countRequest(snapshot, summary);
}

interface Request { request?: { method?: unknown; headers?: unknown }; response?: { status?: unknown; _failureText?: unknown }; _apiRequest?: unknown; _apiRequestRef?: unknown; _resourceType?: unknown }

function countRequest(snapshot: unknown, summary: TraceSummary): void {
  const { request, response, _apiRequest, _apiRequestRef, _resourceType } = (snapshot ?? {}) as Request;
  if (_apiRequest || _apiRequestRef) return;
  const failure = response?._failureText;
  const failed = typeof failure === 'string' ? !/ERR_ABORTED|NS_BINDING_ABORTED|cancelled/i.test(failure) : Number(response?.status) >= 400;
  if (!failed) return;
  const headers = new Map((Array.isArray(request?.headers) ? request.headers as { name?: unknown; value?: unknown }[] : [])
    .map(({ name, value }) => [String(name).toLowerCase(), String(value)]));
  // The browser's own question before a request of the page: that one fails, too.
  if (request?.method === 'OPTIONS' && (headers.has('access-control-request-method') || typeof failure === 'string')) return;
  summary.networkErrors += 1;
  const destination = headers.get('sec-fetch-dest');
  const isPage = destination === 'document' || (destination === undefined && (_resourceType === 'document' || headers.has('upgrade-insecure-requests')));
  if (isPage) summary.documentErrors += 1;
}

function parsed(line: string): Record<string, unknown> | null {
  try {
    const event: unknown = JSON.parse(line);
    return typeof event === 'object' && event !== null && !Array.isArray(event) ? event as Record<string, unknown> : null;
  } catch {
    return null;
  }
}
