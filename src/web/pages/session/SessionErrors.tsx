/** What went wrong in a session: each error once, with how many checks showed it. The one that most showed stands first. */
import { Link } from 'wouter';
import type { SeenGroup } from '../../../contract/sessionView.ts';
import { Section } from '../../kit/Section.tsx';
import type { Sequence } from './sequences.ts';

interface Props {
  accountId: string;
  groups: readonly SeenGroup[];
  sequences: readonly Sequence[];
  /** When the session began; what was first seen since is new. */
  startedAt: number;
  chosen: string;
  choose: (groupId: string) => void;
}

const FAILED: readonly string[] = ['failed', 'errored'];
const SHOWN = 8;

export function SessionErrors({ accountId, groups, sequences, startedAt, chosen, choose }: Props) {
  const counted = groups.map((group) => {
    const shown = sequences.filter(({ groupIds }) => groupIds.includes(group.id));
    const failed = shown.filter(({ verdict }) => FAILED.includes(verdict)).length;
    return { group, failed, recovered: shown.filter(({ verdict }) => verdict === 'passed' || verdict === 'degraded').length, shown: shown.length };
  }).toSorted((a, b) => b.failed - a.failed || b.shown - a.shown);
  if (counted.length === 0) return null;
  const first = counted.slice(0, SHOWN);
  const rest = counted.slice(SHOWN);
  const list = (some: typeof counted) => <ul className="session-errors">{some.map((one) => <ErrorRow key={one.group.id} {...one} accountId={accountId} isNew={Date.parse(one.group.firstSeen) >= startedAt} chosen={chosen} choose={choose} />)}</ul>;
  return (
    <Section title="What went wrong" note={counted.length === 1 ? 'one error' : `${counted.length} errors`}>
      {list(first)}
      {rest.length > 0 && <details className="session-errors-rest"><summary>{rest.length} more</summary>{list(rest)}</details>}
    </Section>
  );
}

/** In checks: `shown` showed it in any of their runs; `recovered` ones passed in the end. */
interface RowProps { group: SeenGroup; failed: number; recovered: number; shown: number; isNew: boolean }

function ErrorRow({ accountId, group, failed, recovered, shown, isNew, chosen, choose }: RowProps & Pick<Props, 'accountId' | 'chosen' | 'choose'>) {
  const open = shown - failed - recovered;
  const counts = [failed > 0 ? `${failed} failed` : null, recovered > 0 ? `${recovered} recovered` : null, open > 0 ? `${open} not done` : null].filter((part) => part !== null).join(', ');
  return (
    <li className="session-error">
      <button type="button" className="session-error-pick" aria-pressed={chosen === group.id} title="Show only the checks with this error" onClick={() => choose(chosen === group.id ? '' : group.id)}>
        <span className={failed > 0 ? 'session-error-count session-error-failed' : 'session-error-count'}>{counts}</span><span className="session-error-text mono">{group.message}</span>
      </button>
      <span className="session-error-extra">
        {isNew && <span className="tag session-error-new" title="Never seen before this session">new</span>}
        {group.archived && <span className="tag">archived</span>}
        <Link href={`/accounts/${accountId}/error-groups/${group.id}`}>History<span className="visually-hidden"> of {group.message.slice(0, 80)}</span></Link>
      </span>
    </li>
  );
}
