/** One result: the verdict with its reason first, then the evidence as its check type shows it, then the log and all files. */
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { Link } from 'wouter';
import { viewOf } from '../../checks/views.ts';
import type { AroundResult } from '../../contract/aroundResult.ts';
import type { TestSessionResult } from '../../contract/results.ts';
import { aroundQuery, resultQuery } from '../api/queries.ts';
import { ApiError } from '../api/request.ts';
import { CopyButton } from '../kit/CopyButton.tsx';
import { detailOf } from '../kit/detail.ts';
import { Files } from '../kit/Files.tsx';
import { JobLog } from '../kit/log/JobLog.tsx';
import { useLiveLines, type LiveLines } from '../kit/log/liveLines.ts';
import { Failure, Loading } from '../kit/states.tsx';
import { VERDICT_WORDS } from '../kit/verdict.ts';
import { useSessionEvents } from '../live/followSession.ts';
import { useAddress } from '../shell/useAddress.ts';
import { useTitle } from '../shell/useTitle.ts';
import { Attempts } from './result/Attempts.tsx';
import { NothingLeft } from './result/NothingLeft.tsx';
import { Neighbours } from './result/Neighbours.tsx';
import { reasonOf } from './result/reasonOf.ts';
import { ResultFacts } from './result/ResultFacts.tsx';
import { VerdictLine } from './result/VerdictLine.tsx';
import type { Which } from './result/which.ts';
import './result/result.css';

const Compare = lazy(() => import('./result/Compare.tsx'));

export default function Result(which: Which) {
  const { accountId, sessionId, resultId } = which;
  const result = useQuery(resultQuery(accountId, sessionId, resultId));
  // What was around the result before stands until this one's is known, where it is of the same sequence.
  const around = useQuery({ ...aroundQuery(accountId, sessionId, resultId), placeholderData: (before: AroundResult | undefined) => (before && has(before, resultId) ? before : undefined) });
  const running = result.data?.status === 'RUNNING' || around.data?.attempts.some(({ status }) => status === 'RUNNING') === true;
  const live = useLiveLines(result.data);
  const line = useSessionEvents(accountId, sessionId, running, live.hear);
  const reason = result.data && reasonOf(result.data, detailOf(result.data));
  useTitle(result.data && reason ? `${VERDICT_WORDS[reason.verdict]}: ${result.data.name ?? 'Result'}` : null);
  if (result.error instanceof ApiError && result.error.status === 404 && !result.data) return <Unknown {...which} />;
  return (
    <>
      <div className="result-top">
        <nav className="crumbs" aria-label="Where you are">
          <Link href={`/accounts/${accountId}/test-sessions`}>Sessions</Link><Link href={`/accounts/${accountId}/test-sessions/${sessionId}`}>{around.data?.sessionName ?? 'Session'}</Link>
        </nav>
        {around.data && <Neighbours {...which} around={around.data} />}
      </div>
      {result.data && (
        <header className="title">
          <h1>{result.data.name}</h1><span className="type">{result.data.checkType}</span>
          {line === 'lost' && <span className="tag" role="status">The line to the server is lost; trying again …</span>}
          <div className="section-actions"><CopyButton text={result.data.testSessionResultLink} label="Copy link" /></div>
        </header>
      )}
      {around.error && !around.data && <Failure error={around.error} again={() => void around.refetch()} />}
      <Attempts {...which} attempts={around.data?.attempts ?? []}>
        {result.data ? <Shown key={resultId} which={which} result={result.data} around={around.data} live={live} />
          : result.error ? <Failure error={result.error} again={() => void result.refetch()} /> : <Loading what="the result" />}
      </Attempts>
    </>
  );
}

const has = ({ attempts }: AroundResult, resultId: string): boolean => attempts.some(({ testSessionResultId }) => testSessionResultId === resultId);

function Shown({ which, result, around, live }: { which: Which; result: TestSessionResult; around: AroundResult | undefined; live: LiveLines }) {
  const { params, go } = useAddress();
  const compared = params.get('compare');
  const detail = detailOf(result);
  const View = viewOf(result.checkType);
  const compareWith = (id: string | null) => {
    const after = new URLSearchParams(params);
    if (id === null) after.delete('compare'); else after.set('compare', id);
    go(after, { replace: true });
  };
  return (
    <>
      <VerdictLine reason={reasonOf(result, detail)} />
      <ResultFacts which={which} result={result} around={around} compared={compared} compareWith={compareWith} />
      {compared !== null && around && (
        <Suspense fallback={<Loading what="the comparison" />}><Compare which={which} result={result} around={around} compared={compared} compareWith={compareWith} /></Suspense>
      )}
      {detail === null ? <NothingLeft result={result} around={around} />
        : <Suspense fallback={<Loading what="the evidence" />}><View result={result} detail={detail} /></Suspense>}
      {(detail !== null || result.status === 'RUNNING') && <><JobLog result={result} live={live} /><Files result={result} /></>}
    </>
  );
}

function Unknown({ accountId, sessionId }: Which) {
  useTitle('No such result');
  return (
    <div className="state">
      <h1 className="state-title">There is no result at this address.</h1>
      <p>It may have been removed together with its session, or belong to another account.</p>
      <p><Link href={`/accounts/${accountId}/test-sessions/${sessionId}`}>To the session</Link> · <Link href={`/accounts/${accountId}/test-sessions`}>To all sessions</Link></p>
    </div>
  );
}
