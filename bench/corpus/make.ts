/**
 * `node bench/corpus/make.ts [family…]`: makes the corpus of error messages anew, by running faults. Linux, root, Chromium.
 * Each entry is what a run really left; its label is the fault that was injected.
 */
import { playwrightFamilies } from './playwright/makePlaywright.ts';
import { probeFamilies } from './probes/makeProbes.ts';
import { writeSamples, type Sample } from './sample.ts';

const FAMILIES: Readonly<Record<string, () => Promise<Sample[]>>> = { ...probeFamilies, ...playwrightFamilies };

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !Object.hasOwn(FAMILIES, name));
if (unknown) throw new Error(`There is no family "${unknown}": ${Object.keys(FAMILIES).join(', ')}`);
for (const name of asked.length > 0 ? asked : Object.keys(FAMILIES)) {
  const samples = await FAMILIES[name]?.() ?? [];
  writeSamples(name, samples);
  process.stderr.write(`${name}: ${samples.length} entries of ${new Set(samples.flatMap(({ groups }) => groups)).size} groups\n`);
}
process.exit(0);
