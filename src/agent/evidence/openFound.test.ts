import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openFound } from './openFound.ts';

const outside = mkdtempSync(join(tmpdir(), 'assay-found-'));
const folder = join(outside, 'job');
mkdirSync(join(folder, 'real/inner'), { recursive: true });
writeFileSync(join(outside, 'secret.txt'), 'of the machine');
writeFileSync(join(folder, 'real/inner/a.txt'), 'of the run');
after(() => rmSync(outside, { recursive: true }));

test('a regular file of the folder is opened', async () => {
  const found = await openFound(folder, './real//inner/a.txt');
  assert.ok(typeof found !== 'string');
  assert.equal(found.size, 10);
  assert.equal(await found.handle.readFile('utf8'), 'of the run');
  await found.handle.close();
});

test('nothing that leads elsewhere is', async () => {
  symlinkSync(join(outside, 'secret.txt'), join(folder, 'link'));
  symlinkSync(outside, join(folder, 'folder'));
  symlinkSync('real', join(folder, 'own'));
  linkSync(join(outside, 'secret.txt'), join(folder, 'second-name'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  for (const [path, why] of [
    ['link', /it is a link$/], ['folder/secret.txt', /a link on the way/], ['own/inner/a.txt', /a link on the way/], ['second-name', /a link to another file/],
    ['pipe', /no regular file/], ['real', /no regular file/], ['real/inner/a.txt/b', /link on the way|cannot be read/], ['../secret.txt', /not in the folder/],
    ['real/../../secret.txt', /not in the folder/], [join(outside, 'secret.txt'), /not in the folder/], ['', /not in the folder/], ['a\0b', /not in the folder/], ['gone', /not there/],
  ] as const) {
    const found = await openFound(folder, path);
    assert.equal(typeof found, 'string', path);
    assert.match(String(found), why, path);
  }
});
