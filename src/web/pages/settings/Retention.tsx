/** How long this server keeps what runs leave, and what is due to go now. */
import { useQuery } from '@tanstack/react-query';
import type { RetentionClass } from '../../../contract/pages/settings.ts';
import { retentionQuery } from '../../api/settings.ts';
import { Section } from '../../kit/Section.tsx';
import { sizeOf } from '../../kit/sizes.ts';
import { Failure, Loading } from '../../kit/states.tsx';
import { Moment } from '../../kit/times.tsx';

/** What stands for a class; one that is newer than this page keeps its name. */
const WORDS: Readonly<Record<string, string>> = {
  sessions: 'Sessions, with all in them', logs: 'Logs and request data', traces: 'Traces', videos: 'Videos', screenshots: 'Screenshots', pcaps: 'Packet captures',
  reports: 'Reports', files: 'Other files',
};

export function Retention({ accountId }: { accountId: string }) {
  const retention = useQuery(retentionQuery(accountId));
  if (retention.error && !retention.data) return <Failure error={retention.error} again={() => void retention.refetch()} />;
  if (!retention.data) return <Loading what="the retention" />;
  const { classes } = retention.data;
  const isTold = classes.some(({ due }) => due !== null);
  return (
    <>
      <Section title="Retention" note="days after the end of a session">
        <table className="rows retention-classes">
          <thead><tr><th>What</th><th className="number">Kept for</th><th>Setting of the server</th>{isTold && <><th className="number">Due to go</th><th className="number">Size</th><th>Oldest</th></>}</tr></thead>
          <tbody>{classes.map((one) => <ClassRow key={one.name} of={one} />)}</tbody>
        </table>
      </Section>
      <p className="muted settings-hint">
        The days are settings of the whole server. {isTold ? 'Due to go is this account\'s share of what the server takes with its next rounds.' : 'What is due to go, Owners and Admins see here.'} <code>assay retention --dry-run</code> tells it for all accounts.
      </p>
    </>
  );
}

function ClassRow({ of: { name, days, due } }: { of: RetentionClass }) {
  // Where nothing goes there is nothing to tell of it, which a narrow page need not repeat.
  const told = (more: string) => (due?.count === 0 ? `${more} retention-none` : more);
  return (
    <tr>
      <td>{WORDS[name] ?? name}</td>
      <td data-name="Kept for" className="number">{days === 0 ? 'ever' : `${days} ${days === 1 ? 'day' : 'days'}`}</td>
      <td data-name="Setting"><code>ASSAY_RETENTION_{name.toUpperCase()}</code></td>
      {due && (
        <>
          <td data-name="Due to go" className="number">{due.count === 0 && !due.atLeast ? <span className="muted">nothing</span> : `${due.count.toLocaleString()}${due.atLeast ? ' or more' : ''}`}</td>
          <td data-name="Size" className={told('number')}>{due.bytes === null || due.count === 0 ? '–' : sizeOf(due.bytes)}</td>
          <td data-name="Oldest" className={told('')}><Moment at={due.oldest} /></td>
        </>
      )}
    </tr>
  );
}
