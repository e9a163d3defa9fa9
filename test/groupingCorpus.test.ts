import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSamples } from '../bench/corpus/sample.ts';
import { AIM, score } from '../bench/corpus/score.ts';
import { groupErrors } from '../src/grouping/groupErrors.ts';

const samples = readSamples();

test('the corpus is as large as it must be, and names no place of the machine that made it', () => {
  const labels = Map.groupBy(samples.flatMap(({ groups }) => groups), (label) => label);
  assert.ok(samples.length >= 300 && labels.size >= 60, `${samples.length} entries of ${labels.size} faults`);
  const once = [...labels].filter(([, all]) => all.length < 2).map(([label]) => label);
  assert.ok(once.length <= 0.05 * labels.size, `too many faults are there only once: ${once.join(', ')}`);
  const folders = new Set(JSON.stringify(samples).match(/(?<![\w.:/])\/(?:home|work|root|opt|srv|usr)\/[\w.-]+/g));
  assert.deepEqual([...folders].filter((folder) => !folder.startsWith('/usr/')), []);
});

test('fingerprints: pairwise precision and recall, on what was tuned on and on what was held back', () => {
  const { tuned, heldBack } = score(samples);
  for (const [name, { precision, recall, errors }] of Object.entries({ tuned, heldBack })) {
    assert.ok(errors >= 100 && precision >= AIM && recall >= AIM, `${name}: precision ${precision.toFixed(4)}, recall ${recall.toFixed(4)} of ${errors} errors`);
  }
  const share = heldBack.errors / (tuned.errors + heldBack.errors);
  assert.ok(share > 0.25 && share < 0.45, `${share} is held back`);
});

test('every error of a test in the corpus names its test; snippets and stacks never count', () => {
  for (const { groups, run } of samples) {
    const errors = run.detail?.['errors'] as { testTitle?: string }[] | undefined;
    if (!errors) continue;
    const found = groupErrors(run);
    if (errors.every(({ testTitle }) => testTitle !== undefined)) assert.ok(found.every(({ test: of }) => of !== null), groups.join());
    const bare = { ...run, detail: { errors: errors.map((error) => ({ ...error, snippet: 'other code', stack: 'another stack', location: { file: 'b.ts', line: 99, column: 1 } })) } };
    assert.deepEqual(groupErrors(bare).map(({ hash }) => hash), found.map(({ hash }) => hash), groups.join());
  }
});
