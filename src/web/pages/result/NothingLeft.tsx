/** In place of the evidence, where a run has left none: not yet, never, or not any more. */
import type { AroundResult } from '../../../contract/aroundResult.ts';
import type { TestSessionResult } from '../../../contract/results.ts';
import { Empty } from '../../kit/states.tsx';
import { Moment } from '../../kit/times.tsx';

export function NothingLeft({ result, around }: { result: TestSessionResult; around: AroundResult | undefined }) {
  if (result.status === 'RUNNING') return <Empty title="The evidence stands here as soon as the run has ended." />;
  if (around?.dataRemovedAt) return <Empty title="What this run left is not kept any more."><p>It was removed <Moment at={around.dataRemovedAt} />, as the retention of this server says. The verdict stays.</p></Empty>;
  if (result.status === 'CANCELLED' || result.scheduleError) return <Empty title="This run has left nothing to look at." />;
  return <Empty title="What this run left is not kept any more." />;
}
