/** Lines of a trace, one JSON event each: which of their values are kept as they are. */
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

/** null: no JSON object. */
export function parsed(line: string): Record<string, unknown> | null {
  try {
    const event: unknown = JSON.parse(line);
    return typeof event === 'object' && event !== null && !Array.isArray(event) ? event as Record<string, unknown> : null;
  } catch {
    return null;
  }
}
