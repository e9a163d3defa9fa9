/** Ready-made readers for the sources that several check types share (B.5). */
import type { AssertionInput, Reading, SourceReader } from './assertions.ts';
import { extractJsonPath, extractRegex } from './extract.ts';

/** A number, rounded to `decimals` places where given; undefined for a measurement that is missing. */
export function numberReader(value: number | undefined, decimals?: number): SourceReader {
  return () => {
    if (value === undefined) return { kind: 'absent' };
    return { kind: 'value', value: decimals === undefined ? value : Number(value.toFixed(decimals)) };
  };
}

/** A text. `property` is a pattern whose first group is compared; without one it is the whole text. */
export function textReader(text: string): SourceReader {
  return ({ property }) => matched(property, text);
}

/**
 * A document. `property` is a JSON path; without one it is the whole document. `parse` is called at most once and may
 * throw: the assertion then fails with what it says.
 */
export function jsonReader(parse: () => unknown): SourceReader {
  let parsed: { document: unknown } | { problem: string } | null = null;
  return async ({ property }) => {
    try {
      parsed ??= { document: parse() };
    } catch (error) {
      parsed = { problem: `The document is not valid JSON: ${unquoted(error instanceof Error ? error.message : String(error))}` };
    }
    if ('problem' in parsed) return { kind: 'error', message: parsed.problem };
    return { kind: 'nodes', nodes: await extractJsonPath(property, parsed.document) };
  };
}

/** What JSON.parse complains of, without the few characters that it quotes: with a part of a secret in them nobody could tell that it is one. */
export const unquoted = (message: string): string => message.replace(/,? *(?:\.{3})?".*is not valid JSON$/s, '') || 'it cannot be read';

/**
 * Headers. `property` is the name in any case, `regex` a pattern on the value; repeated headers are joined by ", ".
 * Without a name it is the map of all, with lower-case names (B.6).
 */
export function headerReader(headers: Readonly<Record<string, string | string[] | undefined>>): SourceReader {
  const map = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    const key = name.toLowerCase();
    const text = Array.isArray(value) ? value.join(', ') : value;
    map.set(key, map.has(key) ? `${map.get(key)}, ${text}` : text);
  }
  return (assertion) => {
    if (assertion.property === '') return { kind: 'value', value: headerMap(map, assertion) };
    const value = map.get(assertion.property.trim().toLowerCase());
    return value === undefined ? { kind: 'absent' } : matched(assertion.regex ?? '', value);
  };
}

/** The map, with the header that HAS_KEY asks for spelled the way it asks: header names have no case. */
function headerMap(map: ReadonlyMap<string, string>, { comparison, target }: AssertionInput): Record<string, string> {
  const asked = comparison.endsWith('HAS_KEY') ? String(target) : '';
  return Object.fromEntries([...map].map(([name, value]) => [name === asked.toLowerCase() ? asked : name, value]));
}

/** The value that stands under `property` exactly. */
export function propertyReader(record: Readonly<Record<string, unknown>>): SourceReader {
  return ({ property }) => {
    const value = Object.hasOwn(record, property) ? record[property] : undefined;
    return value === undefined ? { kind: 'absent' } : { kind: 'value', value };
  };
}

async function matched(pattern: string, text: string): Promise<Reading> {
  if (pattern === '') return { kind: 'value', value: text };
  const found = await extractRegex(pattern, text);
  return found.matched ? { kind: 'value', value: found.value ?? '' } : { kind: 'absent' };
}
