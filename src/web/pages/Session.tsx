/** One session: what failed first, live while it runs. */
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { ListedResult } from '../../contract/results.ts';
import type { TestSession } from '../../contract/sessions.ts';
import { sessionQuery } from '../api/queries.ts';
import { Mark } from '../kit/Mark.tsx';
import { Facts } from '../kit/Section.tsx';
import { Failure, Loading } from '../kit/states.tsx';
import { Moment, spanOf } from '../kit/times.tsx';
import { VERDICT_WORDS, verdictOf, type Verdict } from '../kit/verdict.ts';
import { useSessionEvents } from '../live/followSession.ts';
import { useRowKeys } from '../shell/useRowKeys.ts';

const ORDER: readonly Verdict[] = ['failed', 'errored', 'cancelled', 'running', 'degraded', 'passed'];

export default function Session({ accountId, sessionId }: { accountId: string; sessionId: string }) {
  const session = useQuery(sessionQuery(accountId, sessionId));
  const line = useSessionEvents(accountId, sessionId, session.data?.status === 'RUNNING');
  useRowKeys();
  if (session.error && !session.data) return <Failure error={session.error} again={() => void session.refetch()} />;
  if (!session.data) return <Loading what="the session" />;
  return (
    <>
      <nav className="crumbs" aria-label="Where you are"><Link href={`/accounts/${accountId}/test-sessions`}>Sessions</Link></nav>
      <header className="title">
        <h1>{session.data.name}</h1>
        <Mark of={verdictOf({ status: session.data.status, hasErrors: false, isDegraded: false })} />
        {line === 'lost' && <span className="tag" role="status">The line to the server is lost; trying again …</span>}
      </header>
      <SessionFacts session={session.data} />
      <Results accountId={accountId} session={session.data} />
    </>
  );
}

function SessionFacts({ session }: { session: TestSession }) {
  const { environment, branchName, commitId, commitMessage, commitOwner } = session.metadata ?? {};
  return <Facts items={[
    ['Started', <Moment key="" at={session.startedAt} />], ['Took', spanOf(session.timeElapsed)], ['Environment', environment], ['Branch', branchName],
    ['Commit', commitId && <span className="mono">{commitId.slice(0, 12)}</span>], ['Message', commitMessage?.split('\n')[0]], ['By', commitOwner],
  ]} />;
}

function Results({ accountId, session }: { accountId: string; session: TestSession }) {
  const finals = (session.results ?? []).filter(({ resultType }) => resultType !== 'ATTEMPT');
  const groups = ORDER.map((verdict) => [verdict, finals.filter((result) => verdictOf(result) === verdict)] as const).filter(([, list]) => list.length > 0);
  return groups.map(([verdict, list]) => (
    <section key={verdict} className="section" aria-label={VERDICT_WORDS[verdict]}>
      <h2><Mark of={verdict} /> <span className="muted">{list.length}</span></h2>
      <ul className="results">{list.map((result) => <ResultRow key={result.testSessionResultId} accountId={accountId} sessionId={session.testSessionId} result={result} />)}</ul>
    </section>
  ));
}

function ResultRow({ accountId, sessionId, result }: { accountId: string; sessionId: string; result: ListedResult }) {
  return (
    <li>
      <Link data-row className="result-row" href={`/accounts/${accountId}/test-sessions/${sessionId}/results/${result.testSessionResultId}`}>
        <Mark of={verdictOf(result)} bare /><span className="type">{result.checkType}</span><span className="clip">{result.name}</span>
        <span className="number">{spanOf(result.responseTime)}</span>
      </Link>
    </li>
  );
}
