/** What has changed of a session put into what a page knows of it. What has not changed stays the same object, so that nothing of it is drawn again. */
import type { ListedResult } from '../../contract/results.ts';
import type { SeenGroup, SessionView } from '../../contract/sessionView.ts';

/** @param news a read after `known.lastEvent`: of the sequences in it all results are there. */
export function mergeView(known: SessionView, news: SessionView): SessionView {
  const changed = new Map((news.results ?? []).map((result) => [result.testSessionResultId, result]));
  const kept = (known.results ?? []).map((result) => changed.get(result.testSessionResultId) ?? result);
  const there = new Set(kept.map((result) => result.testSessionResultId));
  const added = [...changed.values()].filter((result) => !there.has(result.testSessionResultId));
  const results: ListedResult[] = changed.size === 0 ? known.results ?? [] : [...kept, ...added];
  const groups = new Map<string, SeenGroup>([...known.errorGroups, ...news.errorGroups].map((group) => [group.id, group]));
  return {
    ...news, results, errorGroups: news.errorGroups.length === 0 ? known.errorGroups : [...groups.values()],
    flakySequenceIds: results.flatMap((result) => (result.isFlaky && result.sequenceId ? [result.sequenceId] : [])),
  };
}
