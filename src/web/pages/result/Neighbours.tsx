/** The way to the results before and after this one, in the order in which the session is read: what failed first. `j` and `k` go it. */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Link, useLocation } from 'wouter';
import type { AroundResult, Neighbour } from '../../../contract/aroundResult.ts';
import { aroundQuery, resultQuery } from '../../api/queries.ts';
import { VERDICT_WORDS, verdictOf } from '../../kit/verdict.ts';
import { isTyping } from '../../shell/Shortcuts.tsx';
import { resultAddress, type Which } from './which.ts';

/** Another result is read from its beginning. */
const toTop = () => window.scrollTo({ top: 0 });

const SHAPES = { previous: 'M10 3 5 8l5 5', next: 'M6 3l5 5-5 5' } as const;

export function Neighbours({ accountId, sessionId, around }: Which & { around: AroundResult }) {
  const [, go] = useLocation();
  const queryClient = useQueryClient();
  const { previous, next, position, count } = around;
  const addressOf = (one: Neighbour) => resultAddress({ accountId, sessionId, resultId: one.testSessionResultId });
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      const to = { j: next, k: previous }[event.key];
      if (!to || isTyping(event) || document.querySelector('dialog[open]')) return;
      go(resultAddress({ accountId, sessionId, resultId: to.testSessionResultId }));
      toTop();
    };
    document.addEventListener('keydown', hear);
    return () => document.removeEventListener('keydown', hear);
  }, [accountId, sessionId, previous, next, go]);
  // Reading ahead, so that stepping through a session does not flicker. The results themselves may be large: only when somebody is about to go there.
  useEffect(() => {
    for (const one of [previous, next]) if (one) void queryClient.prefetchQuery(aroundQuery(accountId, sessionId, one.testSessionResultId));
  }, [accountId, sessionId, previous, next, queryClient]);
  const readAhead = (one: Neighbour) => { if (one.status !== 'RUNNING') void queryClient.prefetchQuery(resultQuery(accountId, sessionId, one.testSessionResultId)); };
  if (count < 2) return null;
  const step = (way: keyof typeof SHAPES, key: string, to: Neighbour | null) => {
    const shape = <svg viewBox="0 0 16 16" aria-hidden="true"><path d={SHAPES[way]} /></svg>;
    if (!to) return <span className="neighbour" aria-hidden="true">{shape}</span>;
    const about = `${way === 'next' ? 'Next' : 'Previous'} result: ${to.name} (${VERDICT_WORDS[verdictOf(to)].toLowerCase()})`;
    return (
      <Link
        className="neighbour" href={addressOf(to)} rel={way === 'next' ? 'next' : 'prev'} aria-label={about} aria-keyshortcuts={key} title={`${about}, ${key}`}
        onClick={toTop} onMouseEnter={() => readAhead(to)} onFocus={() => readAhead(to)}
      >
        {shape}
      </Link>
    );
  };
  return (
    <nav className="neighbours" aria-label="Results of the session">
      {step('previous', 'k', previous)}<span className="number muted">{position} of {count}</span>{step('next', 'j', next)}
    </nav>
  );
}
