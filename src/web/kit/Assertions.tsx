/** What was expected beside what was there (B.5): the failed ones first. What was not judged says so. */
import type { ReactNode } from 'react';
import { differenceOf, type Difference } from './differenceOf.ts';
import { LongText } from './LongText.tsx';
import { Mark } from './Mark.tsx';
import { Section } from './Section.tsx';
import './Assertions.css';

/** `error`: missing where nothing was judged, null for one that holds. `actual` is missing where there was no value. */
export interface Assertion { source: string; property?: string; comparison: string; target?: unknown; regex?: string | null; actual?: unknown; error?: string | null }

const PHRASES: Readonly<Record<string, string>> = {
  EQUALS: 'equals', NOT_EQUALS: 'does not equal', GREATER_THAN: 'is greater than', LESS_THAN: 'is less than', CONTAINS: 'contains', NOT_CONTAINS: 'does not contain',
  IS_EMPTY: 'is empty', NOT_EMPTY: 'is not empty', IS_NULL: 'is null', NOT_NULL: 'is not null', HAS_KEY: 'has the key', NOT_HAS_KEY: 'does not have the key',
  HAS_VALUE: 'has the value', NOT_HAS_VALUE: 'does not have the value',
};
const WITHOUT_TARGET: ReadonlySet<string> = new Set(['IS_EMPTY', 'NOT_EMPTY', 'IS_NULL', 'NOT_NULL']);

/** `JSON_BODY` -> `JSON body`. */
const wordsOf = (source: string): string => {
  const words = source.toLowerCase().replaceAll('_', ' ').replace(/\bjson\b/g, 'JSON').replace(/\bgrpc\b/g, 'gRPC').replace(/\bhealthcheck\b/, 'health');
  return /^gRPC/.test(words) ? words : words.charAt(0).toUpperCase() + words.slice(1);
};
const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value) ?? '');

const failed = ({ error }: Assertion): boolean => typeof error === 'string' && error !== '';

/** Nothing for a check without assertions. */
export function Assertions({ list }: { list: readonly Assertion[] | null | undefined }) {
  if (!list || list.length === 0) return null;
  const bad = list.filter(failed);
  const judged = list.some(({ error }) => error !== undefined);
  const note = !judged ? 'not judged: there was no answer' : bad.length === 0 ? 'all hold' : `${bad.length} of ${list.length} failed`;
  return (
    <Section title="Assertions" note={judged && bad.length > 0 ? <span className="mark-failed">{note}</span> : note}>
      <table className="rows assertions">
        <thead><tr><th scope="col"><span className="visually-hidden">Verdict</span></th><th scope="col">What</th><th scope="col">Expected</th><th scope="col">Actual</th></tr></thead>
        <tbody>{[...bad, ...list.filter((one) => !failed(one))].map((one, index) => <Row key={index} of={one} />)}</tbody>
      </table>
    </Section>
  );
}

function Row({ of: one }: { of: Assertion }) {
  const { source, property, comparison, target, regex, actual, error } = one;
  const bad = failed(one);
  const [expected, received] = [textOf(target), textOf(actual)];
  const difference = bad && comparison === 'EQUALS' ? differenceOf(expected, received) : null;
  return (
    <tr className={bad ? 'assertion-failed' : undefined}>
      <td>{error === undefined ? <span className="muted" title="Not judged">–<span className="visually-hidden">Not judged</span></span> : <Mark of={bad ? 'failed' : 'passed'} bare />}</td>
      <td>{property && source === 'HEADERS' ? 'Header' : wordsOf(source)} {property && <code className="wrap">{property}</code>} {regex && <code className="wrap" title="Pattern on the value">/{regex}/</code>}</td>
      <td data-label="Expected">{PHRASES[comparison] ?? comparison} {!WITHOUT_TARGET.has(comparison) && <Value text={expected} difference={difference} />}</td>
      <td data-label="Actual">
        {error === undefined ? <span className="muted">not judged</span> : actual === undefined ? <span className="muted">nothing</span> : <Value text={received} difference={difference} />}
        {bad && saysMore(error ?? '') && <div className="field-error">{error}</div>}
      </td>
    </tr>
  );
}

/** A complaint that only repeats what stands in the row is left out. */
const saysMore = (error: string): boolean => !/^Expected .* received (nothing|".*")\.$/s.test(error);

function Value({ text, difference }: { text: string; difference: Difference | null }): ReactNode {
  if (text === '') return <span className="muted">the empty text</span>;
  if (!difference) return <code className="wrap"><LongText text={text} /></code>;
  const { start, end } = difference;
  return <code className="wrap"><LongText text={text.slice(0, start)} fromEnd /><mark>{text.slice(start, text.length - end)}</mark><LongText text={text.slice(text.length - end)} /></code>;
}
