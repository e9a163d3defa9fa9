/** The checks of a session by what they came to, failed ones first, on one axis of time. */
import { memo, useDeferredValue, useMemo, useState, type CSSProperties } from 'react';
import { SHOWN_FIRST } from '../../../contract/shownVerdict.ts';
import type { SeenGroup } from '../../../contract/sessionView.ts';
import { useNow } from '../../kit/Elapsed.tsx';
import { Mark } from '../../kit/Mark.tsx';
import { VERDICT_WORDS, type Verdict } from '../../kit/verdict.ts';
import { ResultRow } from './ResultRow.tsx';
import type { Sequence } from './sequences.ts';
import { spanOfRuns, stepOf, tickLabel, ticksOf } from './timeAxis.ts';

interface Props {
  shown: readonly Sequence[];
  /** All of the session: the axis does not change with the filter. */
  all: readonly Sequence[];
  groups: ReadonlyMap<string, SeenGroup>;
  base: string;
  /** Unix ms by the server's clock; `stoppedAt` null while the session runs. */
  startedAt: number;
  stoppedAt: number | null;
  cancel: ((sequence: Sequence) => void) | null;
  /** Ids of those that are cancelled and have not stopped yet. */
  cancelling: ReadonlySet<string>;
}

/** Rows of one verdict that are drawn at once; more on demand. */
const ROWS_AT_ONCE = 1_000;
/** Rows of one verdict that come with the first drawing; the others follow when nothing else is to be done. */
const ROWS_AT_FIRST = 50;
/** Up to as many rows are laid out whether they are seen or not. */
const FEW = 100;

export function ResultList({ shown, all, groups, base, startedAt, stoppedAt, cancel, cancelling }: Props) {
  const now = useNow(stoppedAt === null);
  const span = useMemo(() => spanOfRuns(all, startedAt, stoppedAt ?? now), [all, startedAt, stoppedAt, now]);
  const step = stepOf(span);
  const byVerdict = useMemo(() => SHOWN_FIRST.map((verdict) => [verdict, shown.filter((one) => one.verdict === verdict)] as const).filter(([, list]) => list.length > 0), [shown]);
  return (
    <div className="timeline" style={{ '--span': span, '--step': step, '--now': now - startedAt } as CSSProperties}>
      {byVerdict.map(([verdict, list], i) => (
        <section key={verdict} className="section checks" aria-label={VERDICT_WORDS[verdict]}>
          <header className="checks-head">
            <h2><Mark of={verdict} /> <span className="muted">{list.length}</span></h2>
            {i === 0 && <div className="timeline-axis" aria-hidden="true">{ticksOf(span, step).map((tick) => <span key={tick} className="timeline-tick" style={{ left: `${100 * tick / span}%` }}>{tickLabel(tick)}</span>)}</div>}
          </header>
          <Rows list={list} groups={groups} base={base} startedAt={startedAt} cancel={cancel} cancelling={cancelling} verdict={verdict} />
        </section>
      ))}
    </div>
  );
}

const reasonOf = ({ last }: Sequence, groups: ReadonlyMap<string, SeenGroup>): string | null => {
  const [first, ...more] = last.errorGroupIds.flatMap((id) => groups.get(id)?.message ?? []);
  return first === undefined ? null : `${first}${more.length > 0 ? ` (and ${more.length} more)` : ''}`;
};

const Rows = memo(function Rows({ list, groups, base, startedAt, cancel, cancelling, verdict }: Omit<Props, 'shown' | 'all' | 'stoppedAt'> & { list: readonly Sequence[]; verdict: Verdict }) {
  const [most, setMost] = useState(ROWS_AT_ONCE);
  const drawn = useDeferredValue(most, ROWS_AT_FIRST);
  return (
    <>
      <ul className={list.length > FEW ? 'results checks-many' : 'results'}>
        {list.slice(0, drawn).map((sequence) => (
          <ResultRow key={sequence.id} sequence={sequence} base={base} startedAt={startedAt} reason={reasonOf(sequence, groups)} cancel={verdict === 'running' ? cancel : null} cancelling={cancelling.has(sequence.id)} />
        ))}
      </ul>
      {list.length > most && <button type="button" className="button" onClick={() => setMost(most + ROWS_AT_ONCE)}>Show {Math.min(ROWS_AT_ONCE, list.length - most)} more of {list.length - most}</button>}
    </>
  );
});
