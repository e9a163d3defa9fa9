/** What a run left is JSON of many shapes: these read it without a surprise. */
export type Fields = Readonly<Record<string, unknown>>;

/** Empty for what is no object. */
export const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Fields : {});
/** The objects of an array; empty for what is none. */
export const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(fieldsOf) : []);
/** Empty for what is no text, or blank. */
export const textOf = (value: unknown): string => (typeof value === 'string' && value.trim() !== '' ? value : '');
/** Null for what is no number. */
export const numberOf = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);

/** An entry by a name that somebody else has made: `constructor` is none. */
export const entryOf = <T>(entries: Readonly<Record<string, T>>, name: string): T | undefined => (Object.hasOwn(entries, name) ? entries[name] : undefined);

/** A key of the response document, which some types repeat above it. */
export const known = (detail: Fields, key: string): unknown => fieldsOf(detail['response'])[key] ?? detail[key];

/** What the probe itself has said in the job log, in order: lines of users' scripts stand in parts of their own. */
export function logLines(detail: Fields): readonly { level: string; msg: string }[] {
  const log = detail['jobLog'];
  return listOf(Array.isArray(log) ? log : fieldsOf(log)['request']).map(({ level, msg }) => ({ level: textOf(level), msg: textOf(msg) }));
}
