import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dispositionOf } from './sendFile.ts';
import { baseName, createSignedLinks, type LinkParts } from './signedLinks.ts';

const HOUR = 3_600_000;
const file = { id: '7c9e6679-7425-40de-944b-e07fc1f90ae7', account_id: '550e8400-e29b-41d4-a716-446655440000', name: 'a/b/tra ce é.zip' };
let now = 1000 * HOUR + 1;
const make = (fill: number) => createSignedLinks({ key: Buffer.alloc(32, fill), publicUrl: () => 'https://assay.test', clock: () => now });
const links = make(1);

function partsOf(url: string): LinkParts {
  const { pathname, searchParams } = new URL(url);
  const [, , accountId = '', assetId = '', name = ''] = pathname.split('/').map(decodeURIComponent);
  return { accountId, assetId, name, expires: searchParams.get('expires') ?? '', signature: searchParams.get('signature') ?? '' };
}

test('a link is good for a day and not for two, and says the file\'s own name', () => {
  const url = links.linkTo(file);
  const parts = partsOf(url);
  assert.equal(new URL(url).pathname, `/assets/${file.account_id}/${file.id}/tra%20ce%20%C3%A9.zip`);
  assert.equal(links.judge(parts), 'good');
  const begun = now;
  now = begun + 24 * HOUR;
  assert.equal(links.judge(parts), 'good');
  now = begun + 25 * HOUR;
  assert.equal(links.judge(parts), 'expired');
  now = begun;
});

test('a text with links may be shown while an hour of them is left, whenever in the hour it was made', () => {
  const begun = now;
  for (const minute of [0, 1, 30, 59]) {
    now = 1000 * HOUR + minute * 60_000;
    const parts = partsOf(links.linkTo(file));
    assert.equal(Number(parts.expires) * 1000 - links.shownUntil(), HOUR);
    assert.ok(links.shownUntil() - now >= 23 * HOUR);
  }
  now = begun;
});

test('whatever is altered makes it forged, and so does another key', () => {
  const good = partsOf(links.linkTo(file));
  const altered: Partial<LinkParts>[] = [
    { accountId: file.id }, { assetId: file.account_id }, { name: 'other.zip' }, { name: '' }, { expires: String(Number(good.expires) + 1) }, { expires: '' },
    { expires: `${good.expires}.0` }, { signature: '' }, { signature: good.signature.slice(1) }, { signature: `${good.signature}A` }, { signature: 'é'.repeat(43) },
    { signature: good.signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')) },
  ];
  for (const change of altered) assert.equal(links.judge({ ...good, ...change }), 'forged', JSON.stringify(change));
  assert.equal(make(2).judge(good), 'forged');
  assert.equal(make(1).judge(good), 'good', 'another server with the same key takes it');
});

test('names of files, for addresses and for the disposition', () => {
  assert.deepEqual(['a/b/c.zip', 'a\\b.txt', '..', '/', 'x/../..', 'a/..', '\ud800.png'].map(baseName), ['c.zip', 'b.txt', 'file', 'file', 'x', 'a', '\ufffd.png']);
  assert.equal(baseName(`${'é'.repeat(300)}.zip`).length, 100);
  assert.equal(dispositionOf('a/trace (1).zip'), 'attachment; filename="trace (1).zip"');
  assert.equal(dispositionOf('Größe "1"\r\nx.png'), 'attachment; filename="Gr__e _1___x.png"; filename*=UTF-8\'\'Gr%C3%B6%C3%9Fe%20%221%22%0D%0Ax.png');
});
