/**
 * `node bench/corpus/make.ts [family…]`: makes the corpus of error messages anew, by running faults. Linux, root, Chromium.
 * Each entry is what a run really left; its label is the fault that was injected, never what the cleaning says of it. One fault: what a
 * person would mend once. The type of the check, the version of Playwright, ports, addresses, ids, times, counts, names of people, folders
 * and what was received instead are noise; what somebody wrote (host, path, locator, matcher, expected value, target) and the kind of
 * the failure are not. Stacks and snippets are cut to 400 characters, bodies to 120, the folder of the repository is called /tmp/project.
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
