/** A session's results as checks: each the runs of one check, the last of which says what it came to. Pure. */
import type { CheckType } from '../../../contract/checkTypes.ts';
import type { ListedResult } from '../../../contract/results.ts';
import { verdictOf, type Verdict } from '../../kit/verdict.ts';

export interface Sequence {
  id: string;
  /** The FINAL result, or the run that waits or is under way. */
  last: ListedResult;
  /** In the order of time, `last` among them. */
  runs: readonly ListedResult[];
  verdict: Verdict;
  /** Of all its runs. */
  groupIds: readonly string[];
}

/** Checks that have not changed stay the same object, so that their rows are not drawn again. */
const known = new WeakMap<ListedResult, Sequence>();

function sequenceOf(id: string, runs: readonly ListedResult[], last: ListedResult): Sequence {
  const before = known.get(last);
  if (before?.runs.length === runs.length && runs.every((run, i) => run === before.runs[i])) return before;
  const sequence: Sequence = { id, last, runs, verdict: verdictOf(last), groupIds: [...new Set(runs.flatMap((run) => run.errorGroupIds))] };
  known.set(last, sequence);
  return sequence;
}

/** @param results those of one check in the order of time. @returns the checks in the order of their first results. */
export function sequencesOf(results: readonly ListedResult[]): Sequence[] {
  const runsOf = new Map<string, ListedResult[]>();
  for (const result of results) {
    const id = result.sequenceId ?? result.testSessionResultId;
    const runs = runsOf.get(id);
    if (runs) runs.push(result); else runsOf.set(id, [result]);
  }
  return [...runsOf].flatMap(([id, runs]) => {
    const last = runs.at(-1);
    return last ? [sequenceOf(id, runs, last)] : [];
  });
}

export interface Wanted { text: string; verdicts: readonly string[]; type: string; groupId: string }

/** @returns whether a check is shown. What is empty lets all through; the text is looked for in name and type, without regard to case. */
export function isWanted({ last, verdict, groupIds }: Sequence, { text, verdicts, type, groupId }: Wanted): boolean {
  return (verdicts.length === 0 || verdicts.includes(verdict)) && (type === '' || last.checkType === type) && (groupId === '' || groupIds.includes(groupId))
    && (text === '' || `${last.name ?? ''} ${last.checkType}`.toLowerCase().includes(text.toLowerCase()));
}

export const typesOf = (sequences: readonly Sequence[]): CheckType[] => [...new Set(sequences.map(({ last }) => last.checkType))].toSorted();
