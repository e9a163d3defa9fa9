/** Fingerprints of errors: how right they are on the labelled corpus, and how fast. */
import { groupErrors } from '../../src/grouping/groupErrors.ts';
import { readSamples } from '../corpus/sample.ts';
import { AIM, score, type Score } from '../corpus/score.ts';
import { alternate, median, type Pace } from '../measure.ts';
import { figureLine, perSecond, type Line } from '../table.ts';

const lines = (part: string, { precision, recall, errors, groups }: Score): Line[] => [
  figureLine(`Error groups, ${part}: precision of pairs`, 100 * precision, ' %', `${errors} errors of ${groups} faults`, { atLeast: 100 * AIM }),
  figureLine(`Error groups, ${part}: recall of pairs`, 100 * recall, ' %', '', { atLeast: 100 * AIM }),
];

export async function grouping({ rounds, seconds, say }: Pace): Promise<Line[]> {
  const samples = readSamples();
  const { tuned, heldBack } = score(samples);
  // Whoever tunes must not see what is wrong with the other part.
  for (const wrong of tuned.wrong) say(wrong);
  const rates = await alternate(rounds, {
    fingerprints: async () => {
      const start = performance.now();
      let count = 0;
      while (performance.now() - start < seconds * 1_000) for (const { run } of samples) count += groupErrors(run).length;
      return count * 1_000 / (performance.now() - start);
    },
  });
  return [
    ...lines('held back from tuning', heldBack), ...lines('tuned on', tuned),
    { what: 'Fingerprints of the corpus, one thread', assay: perSecond(median(rates.fingerprints)), peer: '', ratio: '', aim: '', met: null },
  ];
}
