/** All error groups of an account, the last seen first. The filters stand in the address, so that a view can be sent to somebody. */
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { GroupList, ListedGroup } from '../../../contract/pages/errorGroups.ts';
import { groupsQuery } from '../../api/errorGroups.ts';
import { countOf, DayBars, totalOf } from '../../kit/DayBars.tsx';
import { Empty, Failure, Loading } from '../../kit/states.tsx';
import { Moment } from '../../kit/times.tsx';
import { useAddress } from '../../shell/useAddress.ts';
import { useRowKeys } from '../../shell/useRowKeys.ts';
import { GroupFilters, searchWith } from './GroupFilters.tsx';
import './errors.css';

export default function ErrorGroups({ accountId }: { accountId: string }) {
  const search = useAddress().params.toString();
  const groups = useQuery(groupsQuery(accountId, search));
  useRowKeys();
  return (
    <>
      <h1>Errors</h1>
      <GroupFilters accountId={accountId} search={search} />
      {groups.error ? <Failure error={groups.error} again={() => void groups.refetch()} />
        : !groups.data ? <Loading what="the errors" />
          : <Found accountId={accountId} search={search} list={groups.data} />}
    </>
  );
}

/** What narrows the list down, archived or not. */
const isNarrowed = (search: string): boolean => [...new URLSearchParams(search).keys()].some((name) => name !== 'archived');

function Found({ accountId, search, list: { entries, nextId } }: { accountId: string; search: string; list: GroupList }) {
  const isFirst = !new URLSearchParams(search).has('nextId');
  return (
    <>
      {entries.length > 0 ? <GroupTable accountId={accountId} search={search} entries={entries} />
        : nextId !== null ? <Empty title="Not among the groups that were looked at."><p>The search goes on with those that were seen earlier.</p></Empty>
          : isNarrowed(search) ? <Empty title="No errors fit."><p><Link href="?">Show all that are open</Link></p></Empty>
            : search !== '' ? <Empty title="Nothing is archived." />
              : <Empty title="No errors yet."><p>What failed runs of recorded sessions show is gathered here, each fault once.</p></Empty>}
      {(!isFirst || nextId !== null) && (
        <nav className="group-pager" aria-label="Pages of the list">
          {!isFirst && <Link className="button" href={`?${searchWith(search, { nextId: null })}`}>Latest</Link>}
          {nextId !== null && <Link className="button" href={`?${searchWith(search, { nextId })}`}>Earlier</Link>}
        </nav>
      )}
    </>
  );
}

function GroupTable({ accountId, search, entries }: { accountId: string; search: string; entries: readonly ListedGroup[] }) {
  return (
    <table className="rows groups">
      <thead><tr><th>Error</th><th>Last {entries[0]?.days.length} days</th><th className="number">Sessions</th><th className="number">Flaky</th><th>Last seen</th><th>First seen</th></tr></thead>
      <tbody>{entries.map((group) => <GroupRow key={group.id} accountId={accountId} search={search} group={group} />)}</tbody>
    </table>
  );
}

const ENVIRONMENTS_SHOWN = 4;

function GroupRow({ accountId, search, group }: { accountId: string; search: string; group: ListedGroup }) {
  const { environments, flakiness: { flakySessions, sessions } } = group;
  return (
    <tr>
      <td>
        <Link data-row className="group-link" href={`/accounts/${accountId}/error-groups/${group.id}`}>{group.cleanedErrorMessage}</Link>
        <div className="group-places">
          {group.lastResult && <Link className="group-check" href={`/accounts/${accountId}/test-sessions/${group.lastResult.sessionId}/results/${group.lastResult.resultId}`} title="The result that showed it last">{group.lastResult.name}</Link>}
          <span className="muted">{group.projectName ?? 'no project'}</span>
          {environments.slice(0, ENVIRONMENTS_SHOWN).map((environment) =>
            <Link key={environment} className="tag clip" href={`?${searchWith(search, { environment, nextId: null })}`} title={`Only ${environment}`}>{environment}</Link>)}
          {environments.length > ENVIRONMENTS_SHOWN && <span className="muted">and {environments.length - ENVIRONMENTS_SHOWN} more</span>}
          {group.archived && <span className="tag">{group.archived === 'for-ever' ? 'archived for ever' : 'until seen again'}</span>}
        </div>
      </td>
      <td data-name={`Last ${group.days.length} days`}><DayBars days={group.days} /></td>
      <td data-name="Sessions" className="number">{countOf(totalOf(group.days))}</td>
      <td data-name="Flaky" className="number" title="Sessions in which everything that showed it passed in the end, of the last in which that is known">{sessions === 0 ? '–' : `${flakySessions} of ${sessions}`}</td>
      <td data-name="Last seen"><Moment at={group.lastSeen} /></td>
      <td data-name="First seen"><Moment at={group.firstSeen} /></td>
    </tr>
  );
}
