/** The search of a log: how many lines match, and the way from one to the next. */
import { useEffect, useState, type KeyboardEvent } from 'react';
import { findHits } from './findHits.ts';
import type { Line } from './lines.ts';

export interface Search {
  text: string;
  setText(text: string): void;
  /** What is searched for, in lower case; '' for nothing. */
  wanted: string;
  /** Lines that match, so far. */
  found: number;
  done: boolean;
  /** Which of them the reader is at, from 0. */
  index: number;
  /** Where that one stands among the shown lines; null: nowhere. */
  position: number | null;
  /** @param by 1 or -1; goes round at the ends. */
  step(by: number): void;
}

interface Found { wanted: string; hits: readonly number[]; done: boolean }
const NONE: Found = { wanted: '', hits: [], done: true };

/** Looks through the shown lines whenever the words, the filter or the lines change. */
export function useSearch(lines: readonly Line[], shown: Uint32Array | null, count: number): Search {
  const [text, setText] = useState('');
  const [found, setFound] = useState<Found>(NONE);
  const [index, setIndex] = useState(0);
  const wanted = text.toLowerCase();
  useEffect(() => {
    if (wanted === '') {
      setFound(NONE);
      return undefined;
    }
    // While a growing log is looked through once more, what was found stays.
    return findHits(lines, shown, wanted, (hits, done) => setFound((before) => (!done && before.wanted === wanted && before.hits.length > hits.length ? before : { wanted, hits, done })));
  }, [lines, shown, wanted, count]);
  const { hits, done } = found.wanted === wanted ? found : { hits: [], done: false };
  const within = hits.length === 0 ? 0 : Math.min(index, hits.length - 1);
  return {
    text, wanted, found: hits.length, done, index: within, position: hits[within] ?? null,
    setText(to) {
      setText(to);
      setIndex(0);
    },
    step(by) { if (hits.length > 0) setIndex((within + by + hits.length) % hits.length); },
  };
}

export function LogSearch({ search: { text, setText, wanted, found, done, index, step } }: { search: Search }) {
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
    else if (event.key === 'Escape' && text !== '') setText('');
    else return;
    event.preventDefault();
  };
  return (
    <div className="log-search" role="search">
      <input type="search" data-search placeholder="Search the log" aria-label="Search the log" aria-keyshortcuts="/" spellCheck={false} value={text} onChange={(event) => setText(event.target.value)} onKeyDown={press} />
      <span className="log-count" role="status">{wanted === '' ? '' : found === 0 ? (done ? 'No line' : '…') : `${(index + 1).toLocaleString()} of ${found.toLocaleString()}${done ? '' : ' …'}`}</span>
      <button type="button" className="button button-small" aria-label="Previous line that matches" title="Previous (Shift+Enter)" disabled={found === 0} onClick={() => step(-1)}>↑</button>
      <button type="button" className="button button-small" aria-label="Next line that matches" title="Next (Enter)" disabled={found === 0} onClick={() => step(1)}>↓</button>
    </div>
  );
}
