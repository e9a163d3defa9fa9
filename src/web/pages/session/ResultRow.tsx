/** One check of a session: what it came to, why, when it ran; its earlier runs folded beneath. */
import { memo, useState, type CSSProperties } from 'react';
import { Link } from 'wouter';
import type { ListedResult } from '../../../contract/results.ts';
import { Elapsed } from '../../kit/Elapsed.tsx';
import { Mark } from '../../kit/Mark.tsx';
import { spanOf } from '../../kit/times.tsx';
import { verdictOf } from '../../kit/verdict.ts';
import type { Sequence } from './sequences.ts';

interface Props {
  sequence: Sequence;
  /** The session's address, to which results are added. */
  base: string;
  /** Unix ms. */
  startedAt: number;
  /** The first error that it showed last; null for none. */
  reason: string | null;
  /** null where it cannot be cancelled. */
  cancel: ((sequence: Sequence) => void) | null;
  /** It is cancelled, and its run has not stopped yet. */
  cancelling: boolean;
}

/** Of a run: from its start to its end; null while it has no both. */
const tookOf = ({ startedAt, stoppedAt }: ListedResult): number | null => (startedAt && stoppedAt ? Date.parse(stoppedAt) - Date.parse(startedAt) : null);

export const ResultRow = memo(function ResultRow({ sequence, base, startedAt, reason, cancel, cancelling }: Props) {
  const [open, setOpen] = useState(false);
  const { last, runs, verdict } = sequence;
  const earlier = runs.length - 1;
  return (
    <li className="check">
      <div className="check-row">
        <Link data-row className="check-link" href={`${base}/results/${last.testSessionResultId}`}>
          <Mark of={verdict} bare /><span className="type">{last.checkType}</span>
          <span className="check-name"><span className="clip">{last.name}</span>{reason !== null && <span className="check-reason clip" title={reason}>{reason}</span>}</span>
        </Link>
        <span className="check-extra">
          {last.isFlaky && <span className="flake" title="Failed and then passed">flaky</span>}
          {earlier > 0 && <button type="button" className="button button-small" aria-expanded={open} onClick={() => setOpen(!open)}>{runs.length} runs</button>}
          {cancelling && verdict === 'running' && <span className="tag" role="status">Cancelling …</span>}
          {cancel && !cancelling && verdict === 'running' && <button type="button" className="button button-small" onClick={() => cancel(sequence)}>Cancel<span className="visually-hidden"> {last.name}</span></button>}
        </span>
        <Bars runs={runs} startedAt={startedAt} />
        <span className="number check-took"><Took result={last} /></span>
      </div>
      {open && (
        <ol className="check-runs" aria-label={`Runs of ${last.name}`}>
          {runs.map((run, i) => (
            <li key={run.testSessionResultId}>
              <Link data-row href={`${base}/results/${run.testSessionResultId}`}><Mark of={verdictOf(run)} /> Run {i + 1}{i === earlier && verdict !== 'running' ? ', the last' : ''}</Link>
              <span className="muted">{run.startedAt ? `${spanOf(Math.max(0, Date.parse(run.startedAt) - startedAt))} after the session began` : 'not started'}</span>
              <span className="number"><Took result={run} /></span>
            </li>
          ))}
        </ol>
      )}
    </li>
  );
});

function Took({ result }: { result: ListedResult }) {
  if (result.status === 'RUNNING') return result.startedAt ? <Elapsed since={Date.parse(result.startedAt)} /> : <span className="muted">waits</span>;
  return <span title={result.responseTime == null ? undefined : `Response time ${spanOf(result.responseTime)}`}>{spanOf(tookOf(result))}</span>;
}

/** Its runs on the session's axis. The axis' length comes from the list around (`--span`, `--now`), so that a growing one draws no row anew. */
function Bars({ runs, startedAt }: { runs: readonly ListedResult[]; startedAt: number }) {
  return (
    <span className="timeline-bars" aria-hidden="true">
      {runs.map((run) => {
        if (!run.startedAt) return null;
        const from = Math.max(0, Date.parse(run.startedAt) - startedAt);
        const to = run.stoppedAt ? Math.max(from, Date.parse(run.stoppedAt) - startedAt) : null;
        const style = { '--from': from, ...(to === null ? {} : { '--to': to }) } as CSSProperties;
        return <span key={run.testSessionResultId} className={`timeline-bar timeline-bar-${verdictOf(run)}`} style={style} title={`${spanOf(from)} – ${to === null ? 'now' : spanOf(to)}`} />;
      })}
    </span>
  );
}
