import assert from 'node:assert/strict';
import { it } from 'node:test';
import { archivedAfter, type ArchiveWish } from './archiveGroup.ts';

it('archives and brings back, each kind by its own key (F.4)', () => {
  const rows: [Parameters<typeof archivedAfter>[0], ArchiveWish, ReturnType<typeof archivedAfter>][] = [
    [null, { archivedUntilNextEvent: true }, 'until-next-event'],
    ['until-next-event', { archivedUntilNextEvent: false }, null],
    [null, { archiveForEver: true }, 'for-ever'],
    ['until-next-event', { archiveForEver: true }, 'for-ever'],
    ['for-ever', { archiveForEver: false }, null],
    ['for-ever', { archivedUntilNextEvent: false }, 'for-ever'],
    ['for-ever', { archivedUntilNextEvent: true }, 'for-ever'],
    ['for-ever', { archiveForEver: false, archivedUntilNextEvent: true }, 'until-next-event'],
    [null, { archiveForEver: true, archivedUntilNextEvent: false }, 'for-ever'],
    ['until-next-event', { archiveForEver: false }, 'until-next-event'],
    [null, { archivedUntilNextEvent: false, archiveForEver: false }, null],
  ];
  for (const [now, wish, then] of rows) assert.equal(archivedAfter(now, wish), then, `${now} ${JSON.stringify(wish)}`);
});
