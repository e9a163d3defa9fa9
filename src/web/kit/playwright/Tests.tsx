/** Tests and steps of a run, with their counts. */
import { Section } from '../Section.tsx';
import { Empty, Failure, Loading } from '../states.tsx';
import { COUNTS, type CountName } from './detail.ts';
import { Steps, TestTree } from './TestTree.tsx';
import type { Ran } from './useReport.ts';

export function Tests({ ran: { suites, loose, state, error }, counts }: { ran: Ran; counts: Readonly<Record<CountName, number>> | null }) {
  if (state === 'none' && !error && loose.length === 0 && !counts) return null;
  const note = counts && <span className="pw-counts">{COUNTS.filter((name) => counts[name] > 0).map((name) => <span key={name} className={`pw-${name}`}>{counts[name].toLocaleString()} {name}</span>)}</span>;
  return (
    <Section title={suites.length === 0 && loose.length > 0 ? 'Steps' : 'Tests and steps'} note={note}>
      {suites.length > 0 ? <TestTree suites={suites} />
        : loose.length > 0 ? <Steps steps={loose} />
          : error ? <Failure error={error} />
            : state === 'loading' ? <Loading what="the report" />
              : <Empty title={state === 'too large' ? 'The report of this run is too large to be shown here: it is among the files.' : 'The run left no report of its tests.'} />}
    </Section>
  );
}
