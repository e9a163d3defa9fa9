/** How well fingerprints put together what was injected as one fault, and keep apart what was not. */
import { groupErrors } from '../../src/grouping/groupErrors.ts';
import { isHeldBack, type Sample } from './sample.ts';

/** Of precision and recall, on both parts. */
export const AIM = 0.98;

/** Of all pairs of errors: those of one label, those of one hash, those of both. */
interface Pairs { sameLabel: number; sameHash: number; both: number }
export interface Score { precision: number; recall: number; errors: number; groups: number; /** What was judged wrongly, with the cleaned texts. */ wrong: string[] }

interface Judged { label: string; hash: string; cleaned: string; held: boolean }

/** Errors that were not found, or that nobody injected, are alone in a group: they cost recall, or precision when they are like others. */
function judge(sample: Sample, index: number): Judged[] {
  const found = groupErrors(sample.run);
  const held = isHeldBack(sample);
  return Array.from({ length: Math.max(found.length, sample.groups.length) }, (_, n) => ({
    label: sample.groups[n] ?? `none ${index}.${n}`, hash: found[n]?.hash ?? `none ${index}.${n}`, cleaned: found[n]?.cleaned ?? '(nothing)', held,
  }));
}

/** Tuned: pairs within what was tuned on. Held back: pairs with at least one error that was not. */
export function score(samples: readonly Sample[]): { tuned: Score; heldBack: Score } {
  const all = samples.flatMap(judge);
  const sums = { tuned: { sameLabel: 0, sameHash: 0, both: 0 }, heldBack: { sameLabel: 0, sameHash: 0, both: 0 } } satisfies Record<string, Pairs>;
  const wrong = { tuned: new Set<string>(), heldBack: new Set<string>() };
  for (const [n, one] of all.entries()) {
    for (const other of all.slice(n + 1)) {
      const part = one.held || other.held ? 'heldBack' : 'tuned';
      const [label, hash] = [one.label === other.label, one.hash === other.hash];
      sums[part].sameLabel += Number(label);
      sums[part].sameHash += Number(hash);
      sums[part].both += Number(label && hash);
      if (label !== hash) wrong[part].add(label ? `one fault, two groups: ${one.label}\n    ${one.cleaned}\n    ${other.cleaned}` : `two faults, one group: ${one.label} / ${other.label}\n    ${one.cleaned}`);
    }
  }
  const scoreOf = (part: 'tuned' | 'heldBack'): Score => {
    const own = all.filter(({ held }) => held === (part === 'heldBack'));
    const { sameLabel, sameHash, both } = sums[part];
    return { precision: both / sameHash, recall: both / sameLabel, errors: own.length, groups: new Set(own.map(({ label }) => label)).size, wrong: [...wrong[part]] };
  };
  return { tuned: scoreOf('tuned'), heldBack: scoreOf('heldBack') };
}
