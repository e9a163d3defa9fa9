/** The job log of a run of any type: the kept one when it has ended, before that the lines as they come. Search, level filter, colours; holds a hundred thousand lines. */
import { useDeferredValue, useEffect, useMemo, useState } from 'react';
import type { TestSessionResult } from '../../../contract/results.ts';
import { detailOf } from '../detail.ts';
import { Section } from '../Section.tsx';
import { Empty, Loading } from '../states.tsx';
import { createLineReader, entriesOf, type Entry } from './lines.ts';
import type { Heard, LiveLines } from './liveLines.ts';
import { LogPanel } from './LogPanel.tsx';
import './log.css';

/** ms that reading takes of a frame, and between two looks at what is read by now. */
const TURN_MS = 8;
const SHOW_MS = 250;

/** @param live what `useLiveLines` gives. */
export function JobLog({ result, live }: { result: TestSessionResult; live: LiveLines }) {
  const log = detailOf(result)?.['jobLog'];
  const entries = useMemo(() => entriesOf(log), [log]);
  const kept = useLines(entries);
  const running = result.status === 'RUNNING';
  // What was heard stays until what was kept is there.
  const { lines, count } = entries === null ? live.heard : kept;
  return (
    <Section title="Job log" note={count > 0 ? `${count.toLocaleString()} ${count === 1 ? 'line' : 'lines'}` : undefined}>
      {count > 0 ? <LogPanel lines={lines} count={count} live={running} name={result.name ?? 'run'} />
        : entries !== null && entries.length > 0 ? <Loading what="the log" />
          : <Empty title={running ? 'No lines yet.' : 'This run left no log, or it is kept no longer.'}>{running && <p>Lines come as they are printed where the session streams its logs; the whole log comes with the end of the run.</p>}</Empty>}
    </Section>
  );
}

const NOTHING: Heard = { lines: [], count: 0 };

/** Reads entries in turns between frames; the first lines are there at once. */
function useLines(entries: readonly Entry[] | null): Heard {
  const [read, setRead] = useState<{ of: readonly Entry[]; heard: Heard } | null>(null);
  useEffect(() => {
    if (entries === null) return undefined;
    const reader = createLineReader(entries);
    let timer: ReturnType<typeof setTimeout> | undefined;
    let shown = -Infinity;
    const turn = () => {
      const now = performance.now();
      const done = reader.read(now + TURN_MS);
      if (!done) timer = setTimeout(turn);
      if (!done && now < shown + SHOW_MS) return;
      shown = now;
      setRead({ of: entries, heard: { lines: reader.lines, count: reader.lines.length } });
    };
    turn();
    return () => clearTimeout(timer);
  }, [entries]);
  const deferred = useDeferredValue(read);
  return deferred !== null && deferred.of === entries ? deferred.heard : NOTHING;
}

