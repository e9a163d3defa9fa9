/** A result beside another one of its check, the last that passed as a rule: what differs, field by field. Loaded when it is asked for. */
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Link } from 'wouter';
import type { AroundResult } from '../../../contract/aroundResult.ts';
import type { TestSessionResult } from '../../../contract/results.ts';
import { resultQuery } from '../../api/queries.ts';
import { detailOf } from '../../kit/detail.ts';
import { Section } from '../../kit/Section.tsx';
import { Empty, Failure, Loading } from '../../kit/states.tsx';
import { Moment } from '../../kit/times.tsx';
import { VERDICT_WORDS, verdictOf } from '../../kit/verdict.ts';
import { ComparedFields } from './ComparedFields.tsx';
import { compareResults } from './compareResults.ts';
import type { Comparing } from './ResultFacts.tsx';
import { resultAddress, type Which } from './which.ts';

interface Props extends Comparing { which: Which; result: TestSessionResult; around: AroundResult; compared: string }

/** What a result may be compared with. */
interface Choice { resultId: string; sessionId: string; name: string }

function choicesOf({ which, around }: Pick<Props, 'which' | 'around'>): Choice[] {
  const { lastPassing, attempts } = around;
  return [
    ...(lastPassing ? [{ resultId: lastPassing.testSessionResultId, sessionId: lastPassing.testSessionId, name: 'Last passing run' }] : []),
    ...attempts.filter((run) => run.testSessionResultId !== which.resultId && run.status !== 'RUNNING')
      .map((run) => ({ resultId: run.testSessionResultId, sessionId: which.sessionId, name: `Attempt ${run.attempt} (${VERDICT_WORDS[verdictOf(run)].toLowerCase()})` })),
  ];
}

export default function Compare({ which, result, around, compared, compareWith }: Props) {
  const choices = choicesOf({ which, around });
  const chosen = choices.find(({ resultId }) => resultId === compared);
  const [all, setAll] = useState(false);
  const actions = (
    <>
      {choices.length > 1 && (
        <select aria-label="Compare with" value={chosen?.resultId ?? ''} onChange={(event) => compareWith(event.target.value)}>
          {!chosen && <option value="">Choose …</option>}{choices.map(({ resultId, name }) => <option key={resultId} value={resultId}>{name}</option>)}
        </select>
      )}
      <label className="compare-all"><input type="checkbox" checked={all} onChange={(event) => setAll(event.target.checked)} /> Show what is the same</label>
    </>
  );
  return (
    <div className="comparison"><Section title="Comparison" note={chosen && <With accountId={which.accountId} around={around} chosen={chosen} />} actions={actions}>
      {chosen ? <Compared accountId={which.accountId} chosen={chosen} result={result} all={all} /> : <Empty title="This result cannot be compared with the one that the address names."><p>It is neither another attempt nor the last run that passed.</p></Empty>}
    </Section></div>
  );
}

function With({ accountId, around: { lastPassing }, chosen }: { accountId: string; around: AroundResult; chosen: Choice }) {
  const address = resultAddress({ accountId, ...chosen });
  if (chosen.resultId !== lastPassing?.testSessionResultId) return <>with <Link href={address}>{chosen.name.toLowerCase()}</Link></>;
  const { sessionName, startedAt, branchName, commitId } = lastPassing;
  return <>with the <Link href={address}>last passing run</Link>, <Moment at={startedAt} /> in {sessionName}{branchName && ` on ${branchName}`}{commitId && <> at <code>{commitId.slice(0, 8)}</code></>}</>;
}

function Compared({ accountId, chosen, result, all }: { accountId: string; chosen: Choice; result: TestSessionResult; all: boolean }) {
  const other = useQuery(resultQuery(accountId, chosen.sessionId, chosen.resultId));
  const fields = useMemo(() => other.data && compareResults({ result: other.data, detail: detailOf(other.data) }, { result, detail: detailOf(result) }), [other.data, result]);
  if (other.error && !other.data) return <Failure error={other.error} again={() => void other.refetch()} />;
  if (!fields || !other.data) return <Loading what="the other result" />;
  const shown = all ? fields : fields.filter(({ same }) => !same);
  return (
    <>
      {detailOf(other.data) === null && <p className="muted">What the other run left is not kept any more: only the verdicts can be compared.</p>}
      {shown.length === 0 ? <Empty title="Nothing differs."><p>Ids, dates and differences of a few milliseconds do not count.</p></Empty> : <ComparedFields fields={shown} />}
    </>
  );
}
