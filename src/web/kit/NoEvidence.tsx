/** What stands where a run has left nothing to show. */
import type { TestSessionResult } from '../../contract/results.ts';
import { Empty } from './states.tsx';
import { verdictOf } from './verdict.ts';

export function NoEvidence({ result }: { result: TestSessionResult }) {
  const verdict = verdictOf(result);
  if (verdict === 'running') return <Empty title="The check has not finished."><p>What it finds stands here as soon as it has.</p></Empty>;
  if (result.startedAt === null) return <Empty title="The check did not run."><p>So that there is nothing to show.</p></Empty>;
  return <Empty title="This run has left nothing to show."><p>It was {verdict === 'cancelled' ? 'cancelled before it had anything' : 'told without details, or its details were kept for long enough and removed'}.</p></Empty>;
}
