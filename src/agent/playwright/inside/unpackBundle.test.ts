import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { bundleOf } from '../../../../test/suiteProjects.ts';
import { BundleError } from './tarReader.ts';
import { unpackBundle, type BundleLimits, type Unpacked } from './unpackBundle.ts';

const LIMITS: BundleLimits = { totalBytes: 64 * 1024, fileBytes: 32 * 1024, entries: 20 };

interface Entry { path: string; flag?: string; content?: string | Buffer; link?: string; mode?: string; size?: number }

function block({ path, flag = '0', content = '', link = '', mode = '0000644', size }: Entry): Buffer {
  const bytes = Buffer.from(content);
  const header = Buffer.alloc(512);
  header.write(path, 0, 100);
  header.write(`${mode}\0`, 100);
  header.write(`${(size ?? bytes.length).toString(8).padStart(11, '0')}\0`, 124);
  header.write(flag, 156);
  header.write(link, 157, 100);
  header.write('ustar\0' + '00', 257);
  header.write('        ', 148);
  header.write(`${[...header].reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}
const tar = (...entries: Entry[]): Buffer => Buffer.concat([...entries.map(block), Buffer.alloc(1024)]);

/** Unpacks into a folder inside another, so that whatever slips out is seen. */
async function unpacked(archive: Buffer, { limits = LIMITS, skip = [] as string[], chunk = 700 } = {}, look: (root: string, done: Unpacked) => void = () => {}): Promise<string | null> {
  const outer = mkdtempSync(join(tmpdir(), 'assay-unpack-'));
  const root = mkdtempSync(join(outer, 'root-'));
  try {
    const pieces = Array.from({ length: Math.ceil(archive.length / chunk) }, (_, n) => archive.subarray(n * chunk, (n + 1) * chunk));
    const done = await unpackBundle(Readable.from(pieces), root, limits, skip);
    look(root, done);
    return null;
  } catch (error) {
    assert.ok(error instanceof BundleError, String((error as Error).stack));
    return error.message;
  } finally {
    assert.equal(readdirSync(outer).length, 1, 'something is beside the folder');
    rmSync(outer, { recursive: true });
  }
}

test('files, folders, links inside, long names and what is executable', async () => {
  const long = `${'deep/'.repeat(40)}file.txt`;
  const archive = gzipSync(tar(
    { path: 'a/', flag: '5' }, { path: './a/b.txt', content: 'hello' }, { path: 'a/run.sh', content: '#!', mode: '0000755' }, { path: 'a/link', flag: '2', link: 'b.txt' },
    { path: 'a/up', flag: '2', link: '../a/b.txt' }, { path: '././@LongLink', flag: 'L', content: `${long}\0` }, { path: 'deep', content: 'far' },
    { path: 'x', flag: 'x', content: '22 path=pax/näme.txt\n' }, { path: 'pax', content: 'pax' },
  ));
  assert.equal(await unpacked(archive, {}, (root, done) => {
    assert.deepEqual(done, { entries: 7, bytes: 13 });
    assert.equal(readFileSync(join(root, 'a/link'), 'utf8') + readFileSync(join(root, 'a/up'), 'utf8'), 'hellohello');
    assert.equal(statSync(join(root, 'a/run.sh')).mode & 0o111, 0o111);
    assert.equal(statSync(join(root, 'a/b.txt')).mode & 0o111, 0);
    assert.equal(readFileSync(join(root, long), 'utf8'), 'far');
    assert.equal(readFileSync(join(root, 'pax/näme.txt'), 'utf8'), 'pax');
  }), null);
});

test('a bundle as the CLI makes it, in pieces of any size; folders that are mounted are left out', async () => {
  const archive = await bundleOf({ 'package.json': '{}', 'tests/a.spec.ts': 'x'.repeat(3_000), 'node_modules/a/index.js': '1' });
  for (const chunk of [1, 511, 100_000]) {
    assert.equal(await unpacked(archive, { chunk, skip: ['node_modules'] }, (root) => {
      assert.equal(readFileSync(join(root, 'tests/a.spec.ts'), 'utf8').length, 3_000);
      assert.equal(existsSync(join(root, 'node_modules')), false);
    }), null);
  }
});

test('what leads out is refused, by its name and the rule', async () => {
  const cases: [Entry[], RegExp][] = [
    [[{ path: '../slip.txt', content: 'x' }], /path that leads out of it: "\.\.\/slip\.txt"/], [[{ path: 'a/../../slip.txt', content: 'x' }], /leads out of it/],
    [[{ path: '/tmp/slip.txt', content: 'x' }], /absolute path: "\/tmp\/slip\.txt"/], [[{ path: 'a', flag: '2', link: '/etc/passwd' }], /link that leads out of it: "a" -> "\/etc\/passwd"/],
    [[{ path: 'a', flag: '2', link: '../../etc' }], /leads out/], [[{ path: 'a', flag: '2', link: '' }], /leads out/],
    // Two links that lead out together only.
    [[{ path: 'd/', flag: '5' }, { path: 'd/e', flag: '2', link: '..' }, { path: 'f', flag: '2', link: 'd/e/..' }], /leads out of it: "f"/],
    [[{ path: 'a', flag: '1', link: '/etc/passwd' }], /has a hard link \("a"\)/], [[{ path: 'dev', flag: '3' }], /special file/], [[{ path: 'pipe', flag: '6' }], /special file/],
    [[{ path: 'x', flag: 'x', content: '19 path=../pax.txt\n' }, { path: 'ok', content: 'x' }], /leads out/],
    [[{ path: '././@LongLink', flag: 'L', content: '../../long\0' }, { path: 'ok', content: 'x' }], /leads out/], [[{ path: 'odd', flag: 'Z' }], /unknown kind/],
  ];
  for (const [entries, says] of cases) assert.match(await unpacked(gzipSync(tar(...entries))) ?? 'unpacked', says);
});

test('a file is not written through a link that came before it', async () => {
  const said = await unpacked(gzipSync(tar({ path: 'd/', flag: '5' }, { path: 'l', flag: '2', link: 'd' }, { path: 'l/f.txt', content: 'x' })), {}, (root) => {
    assert.ok(lstatSync(join(root, 'l')).isDirectory());
  });
  assert.match(said ?? '', /cannot be written/, 'the link finds a folder in its place');
});

test('bombs: bytes in all, a file, entries, a name without end', async () => {
  const cases: [Buffer, RegExp][] = [
    [tar({ path: 'big', content: Buffer.alloc(40_000) }), /file that is too large: "big"/],
    [tar(...Array.from({ length: 3 }, (_, n) => ({ path: `f${n}`, content: Buffer.alloc(30_000) }))), /is too large: unpacked/],
    [tar(...Array.from({ length: 21 }, (_, n) => ({ path: `f${n}` }))), /more than 20 entries/],
    [tar({ path: 'l', flag: 'L', size: 2 ** 30 }), /name that is too long/],
    [Buffer.concat([block({ path: 'zeros', size: 2 ** 32 }), Buffer.alloc(1024)]), /too large/],
  ];
  for (const [archive, says] of cases) assert.match(await unpacked(gzipSync(archive)) ?? 'unpacked', says);
  assert.equal(await unpacked(gzipSync(Buffer.alloc(1024 * 1024))), 'is empty: there is no file in it', 'what compresses well');
});

test('what is no bundle, or half of one, is said', async () => {
  const whole = gzipSync(tar({ path: 'a.txt', content: 'x'.repeat(2_000) }));
  assert.match(await unpacked(whole.subarray(0, whole.length - 12)) ?? '', /ends too early/);
  assert.match(await unpacked(Buffer.from('not a gzip')) ?? '', /damaged/);
  assert.match(await unpacked(gzipSync(Buffer.from('no tar'.repeat(200)))) ?? '', /./);
  assert.match(await unpacked(gzipSync(tar({ path: 'a.txt', content: 'x'.repeat(2_000) }).subarray(0, 1_000))) ?? '', /middle of "a\.txt"/);
  // What the CLI sends for a project without suites.
  assert.equal(await unpacked(gzipSync(Buffer.alloc(1024))), 'is empty: there is no file in it');
});
