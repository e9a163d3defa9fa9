/** The sessions in which an error was seen, the newest first, each with the results that showed it. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { SeenResult, SeenSession } from '../../../contract/pages/errorGroups.ts';
import { groupSessionsQuery } from '../../api/errorGroups.ts';
import { Mark } from '../../kit/Mark.tsx';
import { Section } from '../../kit/Section.tsx';
import { Empty, Failure, Loading } from '../../kit/states.tsx';
import { Moment } from '../../kit/times.tsx';
import { verdictOf } from '../../kit/verdict.ts';
import { useRowKeys } from '../../shell/useRowKeys.ts';

export function GroupSessions({ accountId, groupId }: { accountId: string; groupId: string }) {
  const sessions = useInfiniteQuery(groupSessionsQuery(accountId, groupId));
  useRowKeys();
  const entries = sessions.data?.pages.flatMap((page) => page.entries) ?? [];
  return (
    <Section title="Sessions">
      {sessions.error ? <Failure error={sessions.error} again={() => void sessions.refetch()} />
        : !sessions.data ? <Loading what="the sessions" />
          : entries.length === 0 ? <Empty title="None of its sessions is kept any more." />
            : <ul className="seen-sessions">{entries.map((session) => <Seen key={session.id} accountId={accountId} session={session} />)}</ul>}
      {sessions.hasNextPage && <button type="button" className="button" disabled={sessions.isFetchingNextPage} onClick={() => void sessions.fetchNextPage()}>Earlier sessions</button>}
    </Section>
  );
}

function Seen({ accountId, session }: { accountId: string; session: SeenSession }) {
  const path = `/accounts/${accountId}/test-sessions/${session.id}`;
  const origin = [session.branchName, session.commitId?.slice(0, 8), session.commitOwner].filter(Boolean).join(' · ');
  return (
    <li>
      <div className="seen-head">
        <Mark of={verdictOf({ status: session.status, hasErrors: false, isDegraded: false })} bare />
        <Link data-row className="row-link" href={path}>{session.name}</Link>
        {session.environment && <span className="tag">{session.environment}</span>}
        {session.overcome && <span className="tag">passed in the end</span>}
        {origin && <span className="muted">{origin}</span>}
        <Moment at={session.startedAt} />
      </div>
      <ul className="seen-results">
        {session.results.map((result) => <SeenRow key={result.id} href={`${path}/results/${result.id}`} result={result} />)}
        {session.hasMore && <li><Link href={path}>and more in this session</Link></li>}
      </ul>
    </li>
  );
}

function SeenRow({ href, result }: { href: string; result: SeenResult }) {
  return (
    <li>
      <Link className="seen-result" href={href}>
        <Mark of={verdictOf(result)} bare /><span className="clip">{result.name}</span><span className="type">{result.checkType}</span>
        <span className="muted">{[result.runLocation, result.resultType === 'ATTEMPT' && `attempt ${result.attempt}`].filter(Boolean).join(' · ')}</span>
      </Link>
    </li>
  );
}
