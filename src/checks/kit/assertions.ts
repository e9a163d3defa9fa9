/**
 * Judges the assertions of a check (B.5).
 * Promises: all are judged, in order, each on its own; a failed one says what was expected and what came.
 * Never: knowledge of a check type. Where a value comes from is the business of the readers it is handed.
 */
import { compare, isComparison, PHRASES, shortened, textOf, WITHOUT_TARGET, type Actual, type Judgement, type Rank } from './comparisons.ts';
import { depthOf, jsonText } from './jsonText.ts';

/**
 * What a source has to say: one value as it is, the nodes of a JSON path (judged one by one), nothing, or the sentence that
 * tells why it cannot be read. `rank` orders texts that are not numbers.
 */
export type Reading =
  | { kind: 'value'; value: unknown; rank?: Rank }
  | { kind: 'nodes'; nodes: unknown[] }
  | { kind: 'absent' }
  | { kind: 'error'; message: string };

export interface AssertionInput {
  source: string;
  property: string;
  comparison: string;
  target: string | number | boolean;
  regex: string | null;
}

/** `actual` is missing where there was no value; `error` is null for passed and missing where nothing was judged. */
export interface EvaluatedAssertion extends AssertionInput { actual?: unknown; error?: string | null }

export type SourceReader = (assertion: AssertionInput) => Reading | Promise<Reading>;

/** Judges every assertion with the reader of its source. Never rejects: what cannot be read or compared fails with a sentence. */
export async function evaluateAssertions(
  assertions: readonly AssertionInput[], readers: Readonly<Record<string, SourceReader>>,
): Promise<EvaluatedAssertion[]> {
  const evaluated: EvaluatedAssertion[] = [];
  for (const assertion of assertions) evaluated.push(judge(assertion, await read(assertion, readers)));
  return evaluated;
}

/** The assertions of a run whose request got no answer: none is judged. */
export function echoAssertions(assertions: readonly AssertionInput[]): EvaluatedAssertion[] {
  return assertions.map(echo);
}

export function anyFailed(evaluated: readonly EvaluatedAssertion[]): boolean {
  return evaluated.some(({ error }) => typeof error === 'string' && error !== '');
}

function echo({ source, property, comparison, target, regex }: AssertionInput): AssertionInput {
  return { source, property, comparison, target, regex };
}

async function read(assertion: AssertionInput, readers: Readonly<Record<string, SourceReader>>): Promise<Reading> {
  const reader = Object.hasOwn(readers, assertion.source) ? readers[assertion.source] : undefined;
  if (!reader) return { kind: 'error', message: `This check has no source ${assertion.source}.` };
  try {
    return await reader(assertion);
  } catch (error) {
    return { kind: 'error', message: error instanceof Error ? error.message : String(error) };
  }
}

function judge(assertion: AssertionInput, reading: Reading): EvaluatedAssertion {
  const echoed = echo(assertion);
  if (reading.kind === 'error') return { ...echoed, error: reading.message };
  const actual = whole(reading);
  const shown = actual.present ? { actual: fitForStorage(actual.value) } : {};
  if (!isComparison(assertion.comparison)) return { ...echoed, ...shown, error: `There is no comparison ${assertion.comparison}.` };

  const target = String(assertion.target);
  const parts = spread(reading, actual, assertion.comparison);
  const rank = reading.kind === 'value' ? reading.rank : undefined;
  for (const [index, part] of parts.entries()) {
    const judgement = compare(assertion.comparison, part, target, rank);
    if (judgement.holds) continue;
    const place = parts.length > 1 ? `value ${index + 1} of ${parts.length}` : null;
    return { ...echoed, ...shown, error: complaint(assertion, part, judgement, place) };
  }
  return { ...echoed, ...shown, error: null };
}

/** The reading as one value: a single node stands for itself, several are a list. */
function whole(reading: Exclude<Reading, { kind: 'error' }>): Actual {
  if (reading.kind === 'value') return { present: true, value: reading.value };
  if (reading.kind === 'absent' || reading.nodes.length === 0) return { present: false };
  return { present: true, value: reading.nodes.length === 1 ? reading.nodes[0] : reading.nodes };
}

/** These judge a list of nodes as a list. */
const OF_THE_LIST: ReadonlySet<string> = new Set(['IS_EMPTY', 'NOT_EMPTY', 'HAS_VALUE', 'NOT_HAS_VALUE', 'IS_NULL']);

/** What has to satisfy the comparison: every element of a list that a JSON path found, else the value itself. An empty list is a value. */
function spread(reading: Reading, actual: Actual, comparison: string): Actual[] {
  if (reading.kind !== 'nodes' || OF_THE_LIST.has(comparison) || !actual.present) return [actual];
  if (!Array.isArray(actual.value) || actual.value.length === 0) return [actual];
  return actual.value.map((value) => ({ present: true, value }));
}

function complaint(assertion: AssertionInput, part: Actual, { because }: Judgement, place: string | null): string {
  const { source, property, comparison, target } = assertion;
  const subject = property === '' ? source : `${source} "${shortened(property)}"`;
  const phrase = isComparison(comparison) ? PHRASES[comparison] : comparison;
  const goal = WITHOUT_TARGET.has(comparison) ? phrase : `${phrase} "${shortened(String(target))}"`;
  const received = part.present ? `"${shortened(textOf(part.value))}"` : 'nothing';
  const remarks = [place, because].filter((remark) => typeof remark === 'string');
  return `Expected ${subject} to ${goal}, received ${received}${remarks.length > 0 ? ` (${remarks.join(': ')})` : ''}.`;
}

/** Bytes of UTF-8 that an actual value may take in storage. */
const STORED = 10 * 1024;
/** Deeper values are kept as text: whoever passes them on may not be able to walk them. */
const STORED_DEPTH = 100;

function fitForStorage(value: unknown): unknown {
  if (typeof value === 'string') return cut(value);
  if (typeof value !== 'object' || value === null) return value;
  const text = jsonText(value) ?? '';
  const fits = Buffer.byteLength(text) <= STORED && depthOf(value, STORED_DEPTH + 1) <= STORED_DEPTH;
  return fits ? value : cut(text);
}

function cut(text: string): string {
  if (text.length * 3 <= STORED) return text;
  const { read: units } = new TextEncoder().encodeInto(text, new Uint8Array(STORED));
  return text.slice(0, units);
}
