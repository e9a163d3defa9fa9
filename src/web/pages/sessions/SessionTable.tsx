/** Sessions, one a row: what it came to, what it was of, by whom, and how much of it failed. */
import { memo } from 'react';
import { Link } from 'wouter';
import type { Provider } from '../../../contract/checkTypes.ts';
import type { TestSessionList } from '../../../contract/sessions.ts';
import { Elapsed } from '../../kit/Elapsed.tsx';
import { Mark } from '../../kit/Mark.tsx';
import { Moment, spanOf } from '../../kit/times.tsx';
import { verdictOf, VERDICT_WORDS, type Verdict } from '../../kit/verdict.ts';
import { PROVIDER_WORDS } from './providerWords.ts';

type Entry = TestSessionList['entries'][number];

/** @param old what stands there while something else is being read. */
export const SessionTable = memo(function SessionTable({ entries, old }: { entries: readonly Entry[]; old: boolean }) {
  return (
    <div className={old ? 'session-list session-list-old' : 'session-list'} aria-busy={old}>
      <table className="rows sessions">
        <thead><tr><th>Status</th><th>Session</th><th>Branch, commit</th><th>By</th><th>Checks</th><th className="number">Took</th><th>Started</th></tr></thead>
        <tbody>{entries.map((entry) => <Row key={entry.id} entry={entry} />)}</tbody>
      </table>
    </div>
  );
});

const Row = memo(function Row({ entry }: { entry: Entry }) {
  const running = entry.status === 'RUNNING';
  return (
    <tr>
      <td className="session-status"><Mark of={verdictOf({ status: entry.status ?? 'RUNNING', hasErrors: false, isDegraded: false })} /></td>
      <td className="session-name">
        <Link data-row href={`/accounts/${entry.accountId}/test-sessions/${entry.id}`} className="row-link">{entry.name}</Link>
        {entry.environment && <span className="tag">{entry.environment}</span>}
        {entry.counts.flaky > 0 && <Flake count={entry.counts.flaky} />}
        {entry.commitMessage && <div className="muted clip" title={entry.commitMessage}>{entry.commitMessage.split('\n')[0]}</div>}
      </td>
      <td className="session-branch"><div className="clip" title={entry.branchName ?? undefined}>{entry.branchName ?? ''}</div>{entry.commitId && <div className="muted mono">{entry.commitId.slice(0, 8)}</div>}</td>
      <td className="session-by"><By entry={entry} /></td>
      <td className="session-checks"><Counts counts={entry.counts} /></td>
      <td className="number session-took">{entry.stoppedAt ? spanOf(Date.parse(entry.stoppedAt) - Date.parse(entry.startedAt)) : running ? <Elapsed since={Date.parse(entry.startedAt)} /> : '–'}</td>
      <td className="session-started"><Moment at={entry.startedAt} /></td>
    </tr>
  );
});

const Flake = ({ count }: { count: number }) => (
  <span className="flake" title={`${count === 1 ? 'One check' : `${count} checks`} failed and then passed`}>{count} flaky</span>
);

/** Rows stay low where nothing else needs a second line. */
const hasTwoLines = ({ commitMessage, commitId }: Entry): boolean => Boolean(commitMessage) || Boolean(commitId);

/** The commit's author, else who started it; beneath, how it was started where that is not as usual. */
function By({ entry }: { entry: Entry }) {
  const invoker = entry.invoker?.name;
  const starter = invoker && entry.commitOwner && invoker !== entry.commitOwner && hasTwoLines(entry) ? `started by ${invoker}` : null;
  const way = entry.provider === 'API' ? null : PROVIDER_WORDS[entry.provider as Provider] ?? entry.provider;
  const below = [starter, way].filter((one) => one !== null).join(' · ');
  return <><div className="clip" title={invoker ? `Started by ${invoker}` : undefined}>{entry.commitOwner ?? invoker ?? ''}</div>{below !== '' && <div className="muted clip" title={below}>{below}</div>}</>;
}

const COUNTED: readonly (readonly [keyof Entry['counts'], Verdict])[] = [['failed', 'failed'], ['cancelled', 'cancelled'], ['running', 'running'], ['passed', 'passed']];

function Counts({ counts }: { counts: Entry['counts'] }) {
  return (
    <span className="counts">
      {COUNTED.filter(([name]) => counts[name] > 0).map(([name, verdict]) => (
        <span key={name} className={`count mark-${verdict}`} title={VERDICT_WORDS[verdict]}><Mark of={verdict} bare /> {counts[name]}</span>
      ))}
    </span>
  );
}
