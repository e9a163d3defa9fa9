/** All sessions, the newest first. The filters are the API's own and stand in the address, so that a view can be sent to somebody. */
import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from 'wouter';
import type { TestSessionList } from '../../contract/sessions.ts';
import { sessionsQuery } from '../api/queries.ts';
import { Mark } from '../kit/Mark.tsx';
import { Empty, Failure, Loading } from '../kit/states.tsx';
import { Moment, spanOf } from '../kit/times.tsx';
import { verdictOf } from '../kit/verdict.ts';
import { useRowKeys } from '../shell/useRowKeys.ts';

type Entry = TestSessionList['entries'][number];

export default function Sessions({ accountId }: { accountId: string }) {
  const search = useSearch();
  const sessions = useQuery(sessionsQuery(accountId, search));
  useRowKeys();
  return (
    <>
      <h1>Sessions</h1>
      {sessions.error ? <Failure error={sessions.error} again={() => void sessions.refetch()} />
        : !sessions.data ? <Loading what="the sessions" />
          : sessions.data.entries.length === 0 ? <Empty title="No sessions yet."><p>Run <code>npx checkly test --record</code> in your project.</p></Empty>
            : <SessionTable entries={sessions.data.entries} />}
    </>
  );
}

const lengthOf = (list: readonly string[] | null | undefined): number => list?.length ?? 0;

function SessionTable({ entries }: { entries: readonly Entry[] }) {
  return (
    <table className="rows">
      <thead><tr><th>Status</th><th>Session</th><th>Branch</th><th>By</th><th className="number">Checks</th><th className="number">Took</th><th>Started</th></tr></thead>
      <tbody>
        {entries.map((entry) => (
          <tr key={entry.id}>
            <td><Mark of={verdictOf({ status: entry.status ?? 'RUNNING', hasErrors: false, isDegraded: false })} /></td>
            <td>
              <Link data-row href={`/accounts/${entry.accountId}/test-sessions/${entry.id}`} className="row-link">{entry.name}</Link>
              {entry.environment && <span className="tag">{entry.environment}</span>}
              {entry.commitMessage && <div className="muted clip">{entry.commitMessage.split('\n')[0]}</div>}
            </td>
            <td>{entry.branchName ?? ''}{entry.commitId && <div className="muted mono">{entry.commitId.slice(0, 8)}</div>}</td>
            <td>{entry.commitOwner ?? entry.invoker?.name ?? ''}</td>
            <td className="number"><Counts entry={entry} /></td>
            <td className="number">{entry.stoppedAt ? spanOf(Date.parse(entry.stoppedAt) - Date.parse(entry.startedAt)) : '–'}</td>
            <td><Moment at={entry.startedAt} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Counts({ entry }: { entry: Entry }) {
  const counts = [['failed', lengthOf(entry.failed)], ['passed', lengthOf(entry.passed)], ['cancelled', lengthOf(entry.cancelled)], ['running', lengthOf(entry.running)]] as const;
  return <span className="counts">{counts.filter(([, count]) => count > 0).map(([name, count]) => <span key={name} className={`count mark-${name}`} title={name}>{count}<span className="visually-hidden"> {name}</span></span>)}</span>;
}
