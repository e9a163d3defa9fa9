/** What differs between any two runs and tells nothing: ids, dates, signed links. Pure. */

/** Left out whatever they hold: where files lie, when things were, what only repeats an error, and marks in time that phases tell better. */
const KEYS: ReadonlySet<string> = new Set([
  'jobLog', 'jobAssets', 'pcapDataUrl', 'playwrightTestVideos', 'playwrightTestTraces', 'playwrightTestJsonReportFile', 'playwrightTraceFiles', 'videoMoments', 'snapshots', 'artifactManifest',
  'startTime', 'endTime', 'timestamp', 'stack', 'snippet', 'specId', 'pingResults', 'timings', 'TTL', 'ttl', 'errno',
]);
const HEADERS = /^(?:date|age|expires|last-modified|set-cookie|server-timing|report-to|nel|cf-ray|via|traceparent|tracestate|x-timer|x-runtime|x-served-by|x-cache.*|x-amz.*-id.*|x-.*(?:request|trace|correlation|transaction)-?id|(?:x-)?ratelimit.*)$/i;

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const DATE = /\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} \w{3} \d{4} [\d:]+ GMT/g;
const SIGNED = /[?&](?:expires|signature)=[^&\s"']+/g;
const settled = (text: string): string => text.replace(UUID, '<id>').replace(DATE, '<time>').replace(SIGNED, '');

/** Whether two texts say the same, apart from ids, dates and signatures in them. */
export const sameText = (before: string, now: string): boolean => before === now || settled(before) === settled(now);

const isId = (value: unknown): boolean => typeof value === 'string' && /^<(?:id|time)>$/.test(settled(value));
/** Unix ms of this century. */
const isMoment = (value: unknown): boolean => typeof value === 'number' && Number.isInteger(value) && value > 1e12 && value < 5e12;

/** Whether a field says nothing of how the two runs differ. */
export function isNoise(path: string, before: unknown, now: unknown): boolean {
  const names = path.replace(/\[[^\]]*\]/g, '').split('.');
  if (names.some((name) => KEYS.has(name))) return true;
  const header = /^response\.headers\.(.+)$/.exec(path)?.[1] ?? /^(?:response\.)?metadata\[(.+)\]/.exec(path)?.[1];
  if (header !== undefined && HEADERS.test(header)) return true;
  return [before, now].every((side) => isId(side) || isMoment(side));
}
