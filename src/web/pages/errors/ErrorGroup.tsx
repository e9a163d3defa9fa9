/** One error group: what was said, when and where it was seen, and putting it out of sight. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { ErrorGroupPatch } from '../../../contract/errorGroups.ts';
import type { GroupPage } from '../../../contract/pages/errorGroups.ts';
import { archiveGroup, groupQuery } from '../../api/errorGroups.ts';
import { Code } from '../../kit/Code.tsx';
import { countOf, DayBars, DayTable, totalOf } from '../../kit/DayBars.tsx';
import { Facts, Section } from '../../kit/Section.tsx';
import { Failure, Loading } from '../../kit/states.tsx';
import { Moment } from '../../kit/times.tsx';
import { GroupSessions } from './GroupSessions.tsx';
import './errors.css';

export default function ErrorGroup({ accountId, groupId }: { accountId: string; groupId: string }) {
  const group = useQuery(groupQuery(accountId, groupId));
  if (group.error && !group.data) return <><h1>Error</h1><Failure error={group.error} again={() => void group.refetch()} /></>;
  if (!group.data) return <Loading what="the error" />;
  return <Shown accountId={accountId} group={group.data} />;
}

/** A heading's worth of a message. */
const TITLE_LENGTH = 160;
const titleOf = (message: string): string => (message.length > TITLE_LENGTH ? `${message.slice(0, TITLE_LENGTH)} …` : message);
/** Colours that a program wrote for its terminal. */
const plain = (text: string): string => text.replace(/\u001b\[[\d;]*[A-Za-z]/g, '');

const NAMES_SHOWN = 12;
const listOf = (names: readonly string[]): string => [...names.slice(0, NAMES_SHOWN), ...(names.length > NAMES_SHOWN ? [`and ${names.length - NAMES_SHOWN} more`] : [])].join(', ');

function Shown({ accountId, group }: { accountId: string; group: GroupPage }) {
  const { flakySessions, sessions } = group.flakiness;
  return (
    <>
      <nav className="crumbs" aria-label="Where you are"><Link href={`/accounts/${accountId}/error-groups`}>Errors</Link></nav>
      <header className="title"><h1>{titleOf(group.cleanedErrorMessage)}</h1><Archiving accountId={accountId} group={group} /></header>
      <Facts items={[
        ['Last seen', <Moment key="" at={group.lastSeen} />], ['First seen', <Moment key="" at={group.firstSeen} />], ['Project', group.projectName ?? 'none'],
        ['Flaky', sessions > 0 && `passed in the end in ${flakySessions} of the last ${sessions} ${sessions === 1 ? 'session' : 'sessions'}`],
        ['Environments', group.environments && listOf(group.environments)],
      ]} />
      <Section title="Message">
        <div className="group-messages">
          {group.rawErrorMessage !== null && <><p className="group-message">As it was said last</p><Code text={plain(group.rawErrorMessage)} label="The latest message" /></>}
          <p className="group-message">What all occurrences have in common</p><Code text={group.cleanedErrorMessage} label="The message without what changes from run to run" />
        </div>
      </Section>
      <Section title={`Last ${group.days.length} days`} note={`${countOf(totalOf(group.days))} ${totalOf(group.days).sessions === 1 ? 'session' : 'sessions'} showed it`}>
        <DayBars days={group.days} wide /><DayTable days={group.days} />
      </Section>
      <GroupSessions accountId={accountId} groupId={group.id} />
      {group.pwtMetadata && <Tests tests={group.pwtMetadata} />}
    </>
  );
}

const BACK: ErrorGroupPatch = { archivedUntilNextEvent: false, archiveForEver: false };
const STATES = { 'until-next-event': 'Archived until it is seen again.', 'for-ever': 'Archived for ever: it stays out of the list even when it is seen again.' } as const;

function Archiving({ accountId, group }: { accountId: string; group: GroupPage }) {
  const queryClient = useQueryClient();
  const archive = useMutation({
    mutationFn: (wish: ErrorGroupPatch) => archiveGroup(accountId, group.id, wish),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: [accountId, 'error-groups'] }),
  });
  const button = (name: string, wish: ErrorGroupPatch) => <button type="button" className="button" disabled={archive.isPending} onClick={() => archive.mutate(wish)}>{name}</button>;
  return (
    <>
      {group.mayArchive && (
        <div className="group-actions">
          {group.archived === null
            ? <>{button('Archive until seen again', { archivedUntilNextEvent: true })}{button('Archive for ever', { archiveForEver: true })}</>
            : button('Bring back', BACK)}
        </div>
      )}
      <p className="group-said" role="status">
        {archive.error ? <span className="field-error">{archive.error.message}</span> : group.archived && <span className="tag">{STATES[group.archived]}</span>}
      </p>
    </>
  );
}

function Tests({ tests }: { tests: NonNullable<GroupPage['pwtMetadata']> }) {
  return (
    <Section title="Tests" note={tests.length}>
      <ul className="group-tests">
        {tests.map((one, at) => (
          <li key={at}>
            {[...one.suitePath, one.testTitle].join(' › ')} <span className="muted"><span className="mono">{one.testFile}</span>{one.projectName && ` · ${one.projectName}`}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
