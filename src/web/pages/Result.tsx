/** One result: the verdict with its reason first, then the evidence as its check type shows it, then the log and all files. */
import { useQuery } from '@tanstack/react-query';
import { Suspense } from 'react';
import { Link } from 'wouter';
import { viewOf } from '../../checks/views.ts';
import type { TestSessionResult } from '../../contract/results.ts';
import { resultQuery } from '../api/queries.ts';
import { detailOf } from '../kit/detail.ts';
import { Mark } from '../kit/Mark.tsx';
import { Facts } from '../kit/Section.tsx';
import { Failure, Loading } from '../kit/states.tsx';
import { Moment, spanOf } from '../kit/times.tsx';
import { verdictOf } from '../kit/verdict.ts';
import { useSessionEvents } from '../live/followSession.ts';

export default function Result({ accountId, sessionId, resultId }: { accountId: string; sessionId: string; resultId: string }) {
  const result = useQuery(resultQuery(accountId, sessionId, resultId));
  useSessionEvents(accountId, sessionId, result.data?.status === 'RUNNING');
  if (result.error && !result.data) return <Failure error={result.error} again={() => void result.refetch()} />;
  if (!result.data) return <Loading what="the result" />;
  return <Shown accountId={accountId} sessionId={sessionId} result={result.data} />;
}

function Shown({ accountId, sessionId, result }: { accountId: string; sessionId: string; result: TestSessionResult }) {
  const View = viewOf(result.checkType);
  return (
    <>
      <nav className="crumbs" aria-label="Where you are">
        <Link href={`/accounts/${accountId}/test-sessions`}>Sessions</Link><Link href={`/accounts/${accountId}/test-sessions/${sessionId}`}>Session</Link>
      </nav>
      <header className="title"><h1>{result.name}</h1><span className="type">{result.checkType}</span><Mark of={verdictOf(result)} /></header>
      <Facts items={[
        ['Response time', result.responseTime === null ? null : spanOf(result.responseTime)], ['Started', <Moment key="" at={result.startedAt} />],
        ['Took', result.startedAt && result.stoppedAt ? spanOf(Date.parse(result.stoppedAt) - Date.parse(result.startedAt)) : null],
        ['Ran in', result.runLocation], ['Attempt', result.attempts > 1 ? result.attempts : null], ['File', result.filePath && <span className="mono">{result.filePath}</span>],
      ]} />
      {result.scheduleError && <p className="reason" role="note">{result.scheduleError}</p>}
      <Suspense fallback={<Loading what="the evidence" />}><View result={result} detail={detailOf(result) ?? {}} /></Suspense>
    </>
  );
}
