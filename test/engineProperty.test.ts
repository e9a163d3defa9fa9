import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { live, story } from './engineWorld.ts';
import { countRepeats, forEachStore } from './stores.ts';

/** `ASSAY_TEST_STORIES=20` tells twenty times as many stories. */
const MORE = Number(process.env['ASSAY_TEST_STORIES'] ?? 1);

forEachStore('engine: whatever happens', (start, kind) => {
  it('keeps its promises, one thing after the other', async () => {
    await using rooms = await start();
    await fc.assert(fc.asyncProperty(story(1, 50), (steps) => live(rooms, steps)), { numRuns: MORE * (kind === 'sqlite' ? 60 : 8) });
  });

  it('keeps its promises, many things at the same time, and nobody waits for one who waits for him', async () => {
    await using started = await start();
    const { rooms, repeats } = countRepeats(started);
    await fc.assert(fc.asyncProperty(story(8, 20), (steps) => live(rooms, steps)), { numRuns: MORE * (kind === 'sqlite' ? 30 : 12) });
    assert.equal(repeats(), 0);
  });
});
