/** All sessions, the newest first. The filters are the API's own and stand in the address, so that a view can be sent to somebody. */
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Link } from 'wouter';
import type { TestSessionList } from '../../contract/sessions.ts';
import { sessionsQuery } from '../api/queries.ts';
import { ApiError } from '../api/request.ts';
import { Empty, Failure, Loading, Stale } from '../kit/states.tsx';
import { useAddress } from '../shell/useAddress.ts';
import { useRowKeys } from '../shell/useRowKeys.ts';
import { useTabState } from '../shell/useTabState.ts';
import { atPage, callOf, isAway, isFiltered } from './sessions/filter.ts';
import { FilterBar } from './sessions/FilterBar.tsx';
import { FirstSteps } from './sessions/FirstSteps.tsx';
import { SessionTable } from './sessions/SessionTable.tsx';
import './sessions/sessions.css';

export default function Sessions({ accountId }: { accountId: string }) {
  const { params: address, path, hrefOf, go } = useAddress();
  const sessions = useQuery(sessionsQuery(accountId, callOf(address)));
  useRowKeys();
  useTabState('Sessions');
  const { data } = sessions;
  // Whoever has come back as far as there is anything newer is at the newest page, and that one goes on by itself.
  const atTop = data !== undefined && !sessions.isPlaceholderData && address.has('prevId') && !data.prevId;
  useEffect(() => { if (atTop) go(atPage(address, null, null), { replace: true }); }, [atTop, address, go]);
  const refused = sessions.error instanceof ApiError && sessions.error.status === 400 ? sessions.error : null;
  const nothingYet = data?.entries.length === 0 && !isFiltered(address) && !isAway(address);
  return (
    <>
      <h1>Sessions</h1>
      {!nothingYet && <FilterBar address={address} go={go} branches={valuesOf(data, 'branchName')} users={valuesOf(data, 'commitOwner')} />}
      {data && !refused && <Stale error={sessions.error} />}
      {refused ? <Empty title={refused.message}><p>A filter in the address cannot be read.</p><Link href={path}>Clear the filters</Link></Empty>
        : sessions.error && !data ? <Failure error={sessions.error} again={() => void sessions.refetch()} />
        : !data ? <Loading what="the sessions" />
          : data.entries.length > 0 ? <SessionTable entries={data.entries} old={sessions.isPlaceholderData} />
            : nothingYet ? <FirstSteps accountId={accountId} />
              : <Empty title={isFiltered(address) ? 'No session matches these filters.' : 'There is nothing older.'}><Link href={path}>{isFiltered(address) ? 'Clear the filters' : 'To the newest'}</Link></Empty>}
      {data && !refused && <Pager address={address} data={data} hrefOf={hrefOf} />}
    </>
  );
}

const valuesOf = (data: TestSessionList | undefined, key: 'branchName' | 'commitOwner'): string[] => [...new Set(data?.entries.flatMap((entry) => entry[key] ?? []))].toSorted();

function Pager({ address, data, hrefOf }: { address: URLSearchParams; data: TestSessionList; hrefOf: (to: URLSearchParams) => string }) {
  if (!data.nextId && !isAway(address)) return null;
  return (
    <nav className="list-pager" aria-label="Pages of the list">
      {isAway(address) && <Link className="button" href={hrefOf(atPage(address, null, null))}>Newest</Link>}
      {data.prevId && <Link className="button" href={hrefOf(atPage(address, 'prevId', data.prevId))}>← Newer</Link>}
      {data.nextId && <Link className="button" href={hrefOf(atPage(address, 'nextId', data.nextId))}>Older →</Link>}
    </nav>
  );
}
