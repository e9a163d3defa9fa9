import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { buffer } from 'node:stream/consumers';
import { openDiskAssets } from './openAssets.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-assets-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const assets = openDiskAssets(folder, randomUUID);

async function* chunks(...texts: string[]): AsyncGenerator<Buffer> { for (const text of texts) yield Buffer.from(text); }
const files = () => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());

test('what was put is read back, whole and in parts, and is its owner\'s only', async () => {
  const { key, size } = await assets.put(chunks('hello ', 'world'));
  assert.equal(size, 11);
  assert.equal((await buffer((await assets.open(key)).stream)).toString(), 'hello world');
  assert.equal((await buffer((await assets.open(key, { start: 6, end: 8 })).stream)).toString(), 'wor');
  assert.equal(statSync(join(folder, key)).mode & 0o777, 0o600);
  await assets.remove(key);
  await assert.rejects(assets.open(key), { statusCode: 410 });
});

test('a stream that breaks off leaves nothing behind', async () => {
  const before = files().length;
  await assert.rejects(assets.put((async function* broken() { yield Buffer.from('part'); throw new Error('cut'); })()), /cut/);
  assert.equal(files().length, before);
});

test('a key cannot name anything outside of the folder', async () => {
  for (const key of ['../secret.key', 'ab/../../secret.key', '/etc/passwd', '', `ab/${'x'.repeat(36)}`]) await assert.rejects(assets.open(key), { statusCode: 410 }, key);
});
