/** Lines with their tools: search, levels, wrapping, the end of a live log, copy and download. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { CopyButton } from '../CopyButton.tsx';
import { LEVELS, textOfLines, type Level, type Line } from './lines.ts';
import { LogRows, type LogRowsHandle } from './LogRows.tsx';
import { LogSearch, useSearch } from './LogSearch.tsx';

export interface LogPanelProps { lines: readonly Line[]; count: number; live: boolean; name: string }

export function LogPanel({ lines, count, live, name }: LogPanelProps) {
  const rows = useRef<LogRowsHandle>(null);
  const [hidden, setHidden] = useState<ReadonlySet<Level>>(new Set());
  const [wrap, setWrap] = useState(true);
  const [follow, setFollow] = useState(live);
  const counts = useCounts(lines, count);
  const shown = useMemo(() => shownOf(lines, count, hidden), [lines, count, hidden]);
  const search = useSearch(lines, shown, count);
  useEffect(() => {
    if (search.position !== null) rows.current?.show(search.position);
  }, [search.position]);
  const onFollow = useCallback((to: boolean) => { if (live || !to) setFollow(to); }, [live]);
  const toggle = (level: Level) => setHidden((before) => (before.has(level) ? new Set([...before].filter((one) => one !== level)) : new Set([...before, level])));
  const text = () => textOfLines(shown === null ? lines.slice(0, count) : [...shown].flatMap((number) => lines[number] ?? []));
  return (
    <div className="log">
      <div className="log-bar">
        <LogSearch search={search} />
        <div className="log-levels" role="group" aria-label="Levels">
          {LEVELS.filter((level) => counts.has(level)).map((level) => (
            <button key={level} type="button" className={`log-toggle log-toggle-${level}`} aria-pressed={!hidden.has(level)} onClick={() => toggle(level)}>
              <span className="log-toggle-word">{level}</span> <b>{counts.get(level)?.toLocaleString()}</b>
            </button>
          ))}
        </div>
        <div className="log-tools">
          {live && <button type="button" className="log-toggle" aria-pressed={follow} onClick={() => setFollow(!follow)}>Follow</button>}
          <button type="button" className="log-toggle" aria-pressed={wrap} onClick={() => setWrap(!wrap)}>Wrap</button>
          <CopyButton text={text} />
          <button type="button" className="button button-small" onClick={() => download(`${name.replace(/[^\w.-]+/g, '-')}.log`, text())}>Download</button>
        </div>
      </div>
      {shown?.length === 0 ? <p className="state">No line has one of these levels.</p>
        : <LogRows lines={lines} count={count} shown={shown} wrap={wrap} wanted={search.wanted} at={search.position} follow={live && follow} onFollow={onFollow} handle={rows} />}
    </div>
  );
}

/** How many lines each level has; only those are named that occur. */
function useCounts(lines: readonly Line[], count: number): ReadonlyMap<Level, number> {
  return useMemo(() => {
    const counts = new Map<Level, number>();
    for (let i = 0; i < count; i++) {
      const level = lines[i]?.level;
      if (level) counts.set(level, (counts.get(level) ?? 0) + 1);
    }
    return counts;
  }, [lines, count]);
}

/** The numbers of the lines that are not hidden; null: all are shown. Lines without a level always are. */
function shownOf(lines: readonly Line[], count: number, hidden: ReadonlySet<Level>): Uint32Array | null {
  if (hidden.size === 0) return null;
  const numbers = new Uint32Array(count);
  let size = 0;
  for (let i = 0; i < count; i++) {
    const level = lines[i]?.level;
    if (!level || !hidden.has(level)) numbers[size++] = i;
  }
  return numbers.subarray(0, size);
}

/** Hands a text to the browser as a file. */
function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = Object.assign(document.createElement('a'), { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address));
}
