/** What stands where a run has left nothing to show. */
import type { TestSessionResult } from '../../contract/results.ts';
import { Empty } from './states.tsx';
import { verdictOf } from './verdict.ts';

export function NoEvidence({ result }: { result: TestSessionResult }) {
  const verdict = verdictOf(result);
  if (verdict === 'running') return <Empty title="The check has not finished."><p>What it finds stands here as soon as it has.</p></Empty>;
  if (result.startedAt === null) return <Empty title="The check did not run."><p>There is nothing to show of it.</p></Empty>;
  return <Empty title="There is nothing to show of this run."><p>{verdict === 'cancelled' ? 'It was cancelled before it had found anything.' : 'Details are removed when the time for which they are kept is over.'}</p></Empty>;
}
