import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { ZipFile } from 'yazl';
import { unpackAll } from '../../../test/secrets/unpack.ts';
import { createRedactor } from '../../checks/kit/redact.ts';
import { LinkError } from '../linkError.ts';
import { createEvidence, type EvidenceFile } from './createEvidence.ts';

const SECRET = 'sup3r-"s3cret"';
const folder = mkdtempSync(join(tmpdir(), 'assay-evidence-test-'));
after(() => rmSync(folder, { recursive: true }));

async function zipOf(parts: Record<string, string | Buffer>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, bytes] of Object.entries(parts)) zip.addBuffer(Buffer.from(bytes), name);
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

interface Kept { files: Map<string, Buffer>; log: string[]; kept: string[] }

async function keep(paths: readonly string[], { keepPictures = true, secrets = [SECRET, '47110815'], refuse = '', rewrites = [] as { find: string; put: string }[] } = {}): Promise<Kept> {
  const files = new Map<string, Buffer>();
  const log: string[] = [];
  const evidence = createEvidence({
    keepPictures, redactor: createRedactor([], secrets), log: (level, msg) => log.push(`${level} ${msg}`), rewrites: () => rewrites,
    files: {
      async keep({ name }, size, open) {
        if (name === refuse) throw new LinkError('refused', 'too large', 413);
        const chunks: Buffer[] = [];
        for await (const chunk of open()) chunks.push(chunk as Buffer);
        assert.equal(Buffer.concat(chunks).length, size);
        files.set(name, Buffer.concat(chunks));
        return name;
      },
    },
  });
  const found: EvidenceFile[] = paths.map((path) => ({ path, name: path, type: 'file', contentType: 'text/plain' }));
  return { files, log, kept: (await evidence.keep(folder, found)).kept.map(({ name }) => name) };
}

const put = (name: string, bytes: string | Buffer) => writeFileSync(join(folder, name), bytes);

test('JSON is scrubbed by value, with what is in base64 in it; other texts in their charset', async () => {
  const body = (text: string | Buffer) => Buffer.from(text).toString('base64');
  put('report.json', JSON.stringify({ pin: 47110815, port: 4711, attachments: [{ name: 'a', body: body(JSON.stringify({ token: SECRET, pin: 47110815 })) }, { body: body(gzipSync(SECRET)) }] }, null, 2));
  put('wide.txt', Buffer.from(`\ufeffsay ${SECRET}!`, 'utf16le'));
  put('plain.txt', `say ${SECRET}! net::OLD`);
  const { files, log } = await keep(['report.json', 'wide.txt', 'plain.txt'], { rewrites: [{ find: 'net::OLD', put: 'net::NEW' }] });
  const report = JSON.parse(files.get('report.json')!.toString()) as { pin: unknown; port: unknown; attachments: { body: string }[] };
  assert.deepEqual([report.pin, report.port, log], ['******', 4711, []]);
  for (const { body: text } of report.attachments) for await (const piece of unpackAll(Buffer.from(text, 'base64'), 'body')) assert.doesNotMatch(piece.bytes.toString(), /sup3r|47110815/);
  assert.equal(files.get('wide.txt')!.toString('utf16le'), '\ufeffsay ******!');
  assert.equal(files.get('plain.txt')!.toString(), 'say ******! net::NEW');
});

test('archives are opened as deep as they are packed, and stay as they are where nothing is in them', async () => {
  const inner = await zipOf({ 'a.txt': `1 ${SECRET} 2`, 'b.gz': gzipSync(SECRET), 'c.bin': deflateRawSync(SECRET), [`name ${SECRET}.txt`]: 'x' });
  const clean = await zipOf({ 'a.txt': 'nothing' });
  put('outer.zip', await zipOf({ 'inner.zip': inner, 'trace.trace': `{"type":"log","sha1":"${SECRET.slice(0, 5)}","message":${JSON.stringify(SECRET)},"time":47110815}\n` }));
  put('clean.zip', clean);
  const { files, log } = await keep(['outer.zip', 'clean.zip']);
  const texts: string[] = [];
  for await (const { bytes } of unpackAll(files.get('outer.zip')!, 'outer')) texts.push(bytes.toString());
  assert.ok(texts.includes('1 ****** 2'));
  assert.ok(texts.includes('{"type":"log","sha1":"sup3r","message":"******","time":47110815}\n'), 'times of a trace stay');
  assert.doesNotMatch(texts.join(), /s3cret/);
  assert.deepEqual(files.get('clean.zip'), clean);
  assert.deepEqual(log, []);
});

test('what cannot be searched, what is no file and what the server refuses is named and left out', async () => {
  put('bomb.gz', gzipSync(Buffer.alloc(65 * 1024 * 1024)));
  put('broken.zip', (await zipOf({ a: 'b' })).subarray(0, 40));
  put('sealed.xz', Buffer.from('fd377a585a0000', 'hex'));
  put('huge.bin', '');
  truncateSync(join(folder, 'huge.bin'), 257 * 1024 * 1024);
  put('refused.txt', 'x');
  put('fine.txt', 'fine');
  symlinkSync('/etc/hostname', join(folder, 'link.txt'));
  const { kept, log } = await keep(['bomb.gz', 'broken.zip', 'sealed.xz', 'huge.bin', 'refused.txt', 'link.txt', 'gone.txt', 'fine.txt'], { refuse: 'refused.txt' });
  assert.deepEqual(kept, ['fine.txt']);
  for (const [name, why] of [['bomb.gz', 'unpacks to more'], ['broken.zip', 'archive that cannot be read'], ['sealed.xz', 'cannot be searched'], ['huge.bin', 'more than 256 MB'],
    ['refused.txt', 'server did not take it: too large'], ['link.txt', 'is a link'], ['gone.txt', 'not there']] as const) {
    assert.ok(log.some((line) => line.startsWith(`WARN The file ${name} is not kept: `) && line.includes(why)), `${name}: ${log.join('\n')}`);
  }
});

test('without secrets files go as they are; pictures only where they are wanted', async () => {
  const png = Buffer.from('89504e470d0a1a0a0000', 'hex');
  put('shot.png', png);
  put('bomb.gz', gzipSync('small'));
  put('with.json', JSON.stringify({ body: png.toString('base64') + Buffer.from('more of the picture').toString('base64') }));
  const { files } = await keep(['shot.png', 'bomb.gz', 'with.json'], { secrets: [] });
  assert.deepEqual([files.get('shot.png'), files.get('bomb.gz')], [png, gzipSync('small')]);
  const bare = await keep(['shot.png', 'bomb.gz'], { secrets: [], keepPictures: false });
  assert.deepEqual(bare.kept, ['bomb.gz']);
});
