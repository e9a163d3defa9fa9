/** Which of a session's checks are shown. The filter stands in the address; the text works as it is typed. */
import { SHOWN_FIRST } from '../../../contract/shownVerdict.ts';
import { Mark } from '../../kit/Mark.tsx';
import { Toggles } from '../../kit/Toggles.tsx';
import type { Verdict } from '../../kit/verdict.ts';
import { typesOf, type Sequence, type Wanted } from './sequences.ts';

interface Props {
  sequences: readonly Sequence[];
  wanted: Wanted;
  text: string;
  type: (text: string) => void;
  /** Values of the address; '' or none take a filter away. */
  set: (name: 'status' | 'type' | 'group', values: readonly string[]) => void;
  clear: () => void;
  shown: number;
}

export function SessionFilter({ sequences, wanted, text, type, set, clear, shown }: Props) {
  const counts = new Map<Verdict, number>();
  for (const { verdict } of sequences) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  const there = SHOWN_FIRST.filter((verdict) => counts.has(verdict) || wanted.verdicts.includes(verdict));
  const types = typesOf(sequences);
  const filtered = text !== '' || wanted.verdicts.length > 0 || wanted.type !== '' || wanted.groupId !== '';
  return (
    <search className="filter-row session-filter">
      <div className="filter-search">
        <input type="search" data-search aria-label="Filter the checks" placeholder="Filter the checks" value={text} onChange={(event) => type(event.target.value)} />
        <kbd aria-hidden="true">/</kbd>
      </div>
      <Toggles label="Verdict" all={there.map((value) => ({ value, label: <Mark of={value} />, count: counts.get(value) ?? 0 }))} chosen={wanted.verdicts} choose={(values) => set('status', values)} />
      {(types.length > 1 || wanted.type !== '') && (
        <select aria-label="Type" value={wanted.type} onChange={(event) => set('type', event.target.value === '' ? [] : [event.target.value])}>
          <option value="">All types</option>{types.map((one) => <option key={one}>{one}</option>)}
        </select>
      )}
      {filtered && <><span className="muted" role="status">{shown} of {sequences.length}</span><button type="button" className="button button-small" onClick={clear}>Clear</button></>}
    </search>
  );
}
