/**
 * The runs of a sequence as tabs, by the pattern that screen readers and keyboards know. Each is a link, for each has an address of its own;
 * the panel below belongs to the one that is open. A single run has no tabs.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useId, useRef, type KeyboardEvent, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import type { SequenceRun } from '../../../contract/aroundResult.ts';
import { resultQuery } from '../../api/queries.ts';
import { Mark } from '../../kit/Mark.tsx';
import { spanOf } from '../../kit/times.tsx';
import { verdictOf } from '../../kit/verdict.ts';
import { resultAddress, type Which } from './which.ts';

interface Props extends Which { attempts: readonly SequenceRun[]; children: ReactNode }

export function Attempts({ accountId, sessionId, resultId, attempts, children }: Props) {
  const base = useId();
  const list = useRef<HTMLDivElement>(null);
  const [, go] = useLocation();
  const queryClient = useQueryClient();
  const chosen = attempts.findIndex(({ testSessionResultId }) => testSessionResultId === resultId);
  useEffect(() => {
    const tab = list.current?.querySelector<HTMLElement>('[aria-selected="true"]');
    if (tab && list.current) list.current.scrollLeft = tab.offsetLeft - (list.current.clientWidth - tab.offsetWidth) / 2;
  }, [chosen, attempts.length]);
  const addressOf = ({ testSessionResultId }: SequenceRun) => resultAddress({ accountId, sessionId, resultId: testSessionResultId });
  const move = (event: KeyboardEvent) => {
    const at = { ArrowRight: chosen + 1, ArrowLeft: chosen - 1, Home: 0, End: attempts.length - 1 }[event.key];
    const next = at === undefined ? undefined : attempts[(at + attempts.length) % attempts.length];
    if (!next || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    // The way back leads to where one came from, not through every tab.
    go(addressOf(next), { replace: true });
    list.current?.querySelector<HTMLElement>(`[data-attempt="${next.attempt}"]`)?.focus();
  };
  // Reading ahead, so that nothing flickers when it is opened.
  const readAhead = (run: SequenceRun) => { if (run.status !== 'RUNNING') void queryClient.prefetchQuery(resultQuery(accountId, sessionId, run.testSessionResultId)); };
  // The panel stays the same element when a run becomes the first of several: what is in it is not drawn anew.
  const panel = attempts.length < 2 ? {} : { role: 'tabpanel', id: `${base}-panel`, 'aria-labelledby': `${base}-${attempts[chosen]?.attempt ?? 1}` };
  return (
    <>
      {attempts.length > 1 && (
        <div className="attempts" role="tablist" aria-label="Attempts" ref={list} onKeyDown={move}>
          {attempts.map((run, index) => (
            <Link
              key={run.testSessionResultId} href={addressOf(run)} role="tab" id={`${base}-${run.attempt}`} data-attempt={run.attempt} className="attempt" tabIndex={index === chosen ? 0 : -1}
              aria-selected={index === chosen} aria-controls={`${base}-panel`} onMouseEnter={() => readAhead(run)} onFocus={() => readAhead(run)}
            >
              <Mark of={verdictOf(run)} bare /> Attempt {run.attempt} <span className="muted number">{took(run)}</span>
            </Link>
          ))}
        </div>
      )}
      <div {...panel}>{children}</div>
    </>
  );
}

const took = ({ startedAt, stoppedAt }: SequenceRun): string => (startedAt && stoppedAt ? spanOf(Date.parse(stoppedAt) - Date.parse(startedAt)) : '');
