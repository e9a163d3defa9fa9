/** Where, when and how long a run was; which errors it showed, and when the check last passed. */
import { Link } from 'wouter';
import type { AroundResult } from '../../../contract/aroundResult.ts';
import type { TestSessionResult } from '../../../contract/results.ts';
import { Facts } from '../../kit/Section.tsx';
import { Moment, spanOf } from '../../kit/times.tsx';
import { resultAddress, type Which } from './which.ts';

export interface Comparing { compared: string | null; compareWith: (resultId: string | null) => void }

interface Props extends Comparing { which: Which; result: TestSessionResult; around: AroundResult | undefined }

export function ResultFacts({ which, result, around, compared, compareWith }: Props) {
  const { startedAt, stoppedAt, responseTime } = result;
  return (
    <div className="result-facts">
      <Facts items={[
        ['Started', startedAt && <Moment key="" at={startedAt} />],
        ['Took', startedAt && stoppedAt ? spanOf(Date.parse(stoppedAt) - Date.parse(startedAt)) : null],
        ['Response time', typeof responseTime === 'number' ? spanOf(responseTime) : null],
        ['Location', result.runLocation], ['Agent', around?.agentName],
        ['File', result.filePath && <span className="mono">{result.filePath}</span>],
        ['Passed before', around && <LastPassed which={which} around={around} running={result.status === 'RUNNING'} compared={compared} compareWith={compareWith} />],
      ]} />
      {around && around.errorGroups.length > 0 && <ErrorGroups accountId={which.accountId} groups={around.errorGroups} />}
    </div>
  );
}

function LastPassed({ which: { accountId, resultId }, around, running, compared, compareWith }: Comparing & { which: Which; around: AroundResult; running: boolean }) {
  const { lastPassing, attempts } = around;
  const passed = lastPassing?.testSessionResultId;
  const other = passed ?? attempts.find(({ testSessionResultId }) => testSessionResultId !== resultId)?.testSessionResultId;
  const toggle = other !== undefined && !running && (
    <button type="button" className="button button-small" aria-expanded={compared !== null} onClick={() => compareWith(compared === null ? other : null)}>{compared === null ? 'Compare' : 'Close comparison'}</button>
  );
  if (!lastPassing) return <span className="last-passed">never {toggle}</span>;
  return (
    <span className="last-passed">
      <Link href={resultAddress({ accountId, sessionId: lastPassing.testSessionId, resultId: lastPassing.testSessionResultId })}><Moment at={lastPassing.startedAt} /></Link>
      {lastPassing.commitId && <code>{lastPassing.commitId.slice(0, 8)}</code>} {toggle}
    </span>
  );
}

function ErrorGroups({ accountId, groups }: { accountId: string; groups: AroundResult['errorGroups'] }) {
  return (
    <dl className="facts groups">
      <div>
        <dt>{groups.length === 1 ? 'Error group' : `${groups.length} error groups`}</dt>
        <dd><ul>{groups.map(({ id, message }) => <li key={id}><Link href={`/accounts/${accountId}/error-groups/${id}`} className="clip">{message}</Link></li>)}</ul></dd>
      </div>
    </dl>
  );
}
