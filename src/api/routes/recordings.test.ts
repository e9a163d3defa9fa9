import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { crc32, deflateRawSync } from 'node:zlib';
import yazl from 'yazl';
import { headersOf, openApiUnderTest, type ApiUnderTest } from '../../../test/apiUnderTest.ts';
import { Value } from 'typebox/value';
import { AssetManifest, type TestSessionResult } from '../../contract/results.ts';
import { kindOfEntry } from '../recordings/unpackArchive.ts';
import { readLog } from '../recordings/recordedOutcome.ts';

let api: ApiUnderTest;
before(async () => { api = await openApiUnderTest(); });
after(() => api[Symbol.asyncDispose]());

const ended = { status: 'PASSED', isDegraded: false, startedAt: '2026-01-01T00:00:00.000Z', stoppedAt: '2026-01-01T00:00:02.000Z', responseTime: 2000, metadata: {} };
const post = (url: string, payload: object | Buffer, headers: Record<string, string> = headersOf(api.owner)) => api.app.inject({
  method: 'POST', url, payload, headers: { ...headers, ...(Buffer.isBuffer(payload) ? { 'content-type': 'application/octet-stream' } : {}) },
});
async function begin(): Promise<string> {
  const answer = await post('/next/test-sessions/create', { name: 'Recorded', startedAt: 1000, testResults: [{ name: 'project' }], provider: 'PW_REPORTER' });
  assert.equal(answer.statusCode, 201, answer.body);
  const { testSessionId, testResults: [result] } = answer.json<{ testSessionId: string; testResults: { testResultId: string }[] }>();
  return `/next/test-sessions/${testSessionId}/results/${result?.testResultId}`;
}
function zipOf(files: Record<string, string>): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  for (const [name, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), name);
  zip.end();
  return buffer(zip.outputStream);
}
/** One entry whose headers say what is asked for, true or not. */
function rawZip(name: string, content: Buffer, saidSize: number, flags = 0, entries = 1): Buffer {
  const data = deflateRawSync(content);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0); common.writeUInt16LE(flags, 2); common.writeUInt16LE(8, 4); common.writeUInt32LE(crc32(content), 10);
  common.writeUInt32LE(data.length, 14); common.writeUInt32LE(saidSize, 18); common.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), data]);
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\0', 'latin1'), common, Buffer.alloc(14), Buffer.from(name)]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1'); end.writeUInt16LE(entries, 8); end.writeUInt16LE(entries, 10); end.writeUInt32LE(central.length, 12); end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}
const rows = (path: string) => api.store.read.selectFrom('assets').selectAll().where('result_id', '=', path.split('/').at(-1) ?? '').orderBy('created_at').execute();
const resultOf = async (path: string) => (await api.app.inject({ url: path.replace('/next/', '/v1/'), headers: headersOf(api.owner) })).json<TestSessionResult>();

test('a recording is a running session until its end is told; its log moves into the result', async () => {
  const path = await begin();
  assert.deepEqual([(await resultOf(path)).resultType, (await resultOf(path)).status], ['PENDING', 'RUNNING']);
  const archive = await zipOf({ 'logs.txt': '[{"time":5,"msg":"\\u001b[31mred\\u001b[0m","level":"WARN"},{"time":6,"msg":"x","level":"odd"},7]', 'output/checkly-report.json': '{}', 'a/empty.txt': '' });
  assert.equal((await post(`${path}/upload`, archive)).statusCode, 201);
  assert.equal((await post(`${path}/upload`, archive)).statusCode, 409, 'an archive is there already');
  assert.equal((await post(path, { ...ended, isDegraded: true })).statusCode, 200);
  const result = await resultOf(path);
  assert.deepEqual([result.resultType, result.status, result.isDegraded, result.responseTime, result.runLocation], ['FINAL', 'PASSED', true, 2000, 'local']);
  assert.deepEqual(result.playwrightCheckResult?.jobLog, [{ time: 5, msg: 'red', level: 'WARN' }, { time: 6, msg: 'x', level: 'INFO' }]);
  assert.deepEqual((await rows(path)).map(({ type, name }) => `${type} ${name}`), ['report output/checkly-report.json', 'file a/empty.txt']);
  assert.equal((await post(path, ended)).statusCode, 409);
  assert.equal((await post(`${path}/upload`, archive)).statusCode, 409);
});

test('tests that only passed on a retry make a recording that passed flaky', async () => {
  for (const [stats, flaky, counts] of [
    [{ expected: 2, unexpected: 0, flaky: 1, skipped: 1 }, true, { total: 4, passed: 2, failed: 0, flaky: 1, skipped: 1 }],
    [{ expected: 2, unexpected: 0, flaky: 0, skipped: 0 }, false, { total: 2, passed: 2, failed: 0, flaky: 0, skipped: 0 }],
    [{ expected: 2, unexpected: 0, flaky: 'some', skipped: 0 }, false, undefined], [{ expected: 2, unexpected: -1, flaky: 1, skipped: 0 }, false, undefined], [null, false, undefined],
  ] as const) {
    const path = await begin();
    await post(`${path}/upload`, await zipOf({ 'output/checkly-report.json': JSON.stringify({ stats }) }));
    assert.equal((await post(path, ended)).statusCode, 200);
    const result = await resultOf(path);
    assert.deepEqual([result.isFlaky, (result.playwrightCheckResult as { counts?: object }).counts], [flaky, counts], JSON.stringify(stats));
  }
});

test('a recording ends without an archive too, and a cancelled one takes nothing more', async () => {
  const path = await begin();
  assert.equal((await post(path, { ...ended, status: 'FAILED', metadata: { errors: [{ error: { message: '\u001b[31mboom\u001b[39m' }, testTitle: 'a', suitePath: ['f'] }] } })).statusCode, 200);
  assert.deepEqual((await resultOf(path)).playwrightCheckResult?.errors, [{ message: 'boom', testTitle: 'a', titlePath: ['f', 'a'] }]);
  const cancelled = await begin();
  const session = cancelled.split('/')[3];
  assert.equal((await api.app.inject({ method: 'POST', url: `/v1/test-sessions/${session}/cancel`, headers: headersOf(api.owner) })).statusCode, 204);
  assert.equal((await post(cancelled, ended)).statusCode, 409);
  assert.equal((await resultOf(cancelled)).status, 'CANCELLED');
});

test('archives that lie, climb or are none are turned down, and nothing of them stays', async () => {
  const path = await begin();
  const before = api.files();
  const zeros = Buffer.alloc(1_000_000);
  const bad: [string, Buffer, number][] = [
    ['no zip', Buffer.from('hello'), 400], ['nothing', Buffer.alloc(0), 400], ['cut short', (await zipOf({ a: 'x'.repeat(100) })).subarray(0, 60), 400],
    ['more than it says', rawZip('a', zeros, 10), 400], ['less than it says', rawZip('a', zeros, 2_000_000), 400], ['too much', rawZip('a', zeros, 2 ** 31 + 1), 413],
    ['a climbing name', rawZip('../a', zeros, zeros.length), 400], ['an absolute name', rawZip('/etc/passwd', zeros, zeros.length), 400], ['encrypted', rawZip('a', zeros, zeros.length, 1), 400],
    ['over the upload limit', Buffer.alloc(2_000_001), 413],
    ['too many files', rawZip('a', zeros, zeros.length, 0, 20_001), 413], ['entries that are not there', rawZip('a', zeros, zeros.length, 0, 2), 400],
    ['good, then bad', Buffer.from((await zipOf({ aaaa: 'good', bbbb: 'bad' })).toString('latin1').replaceAll('bbbb', '/bbb'), 'latin1'), 400],
  ];
  for (const [what, archive, status] of bad) {
    const answer = await post(`${path}/upload`, archive);
    assert.equal(answer.statusCode, status, `${what}: ${answer.body}`);
    assert.equal(answer.json<{ statusCode: number }>().statusCode, status);
  }
  assert.deepEqual([await rows(path), api.files()], [[], before]);
  assert.equal((await post(`${path}/upload`, await zipOf({ a: 'fine' }))).statusCode, 201, 'the reporter may try again');
});

test('of a large archive what a result names becomes single files, and the rest is told by what is in it', async () => {
  const path = await begin();
  const pages = Object.fromEntries(Array.from({ length: 1_200 }, (_, n) => [`report/data/${n}.md`, `page ${n}`]));
  const archive = await zipOf({ ...pages, 'report/INDEX.html': '<script>1</script>', 'test-results/a/trace.zip': 'no real one', 'logs.txt': '[]' });
  assert.equal((await post(`${path}/upload`, archive)).statusCode, 201);
  assert.equal((await post(path, ended)).statusCode, 200);
  const manifest = async (query = '') => (await api.app.inject({ url: `${path.replace('/next/', '/v1/')}/assets${query}`, headers: headersOf(api.owner) })).json<AssetManifest>();
  const all = await manifest();
  assert.deepEqual([all.truncated, all.entriesReturned, all.entriesTotal, all.assets.length], [true, 1_000, 1_201, 1_003], 'the log and the run data of the row, the trace, a thousand entries');
  assert.deepEqual([...Value.Errors(AssetManifest, all)], []);
  // The filter comes before the cap: by the entry's own name and by its path.
  for (const [query, count] of [['?name=index.html', 1], ['?name=report/*.html', 1], ['?name=data/*', 0], ['?name=report/data/11*', 111], ['?name=11*.md', 111], ['?type=trace', 1]] as const) {
    const found = await manifest(query);
    assert.deepEqual([found.assets.length, found.truncated], [count, undefined], query);
  }
  const [entry] = (await manifest('?name=index.html')).assets;
  assert.deepEqual([entry?.name, entry?.archive, entry?.contentType, new Set(all.assets.filter((one) => one.archive).map(({ url }) => url)).size], ['INDEX.html', { entryName: 'report/INDEX.html' }, 'text/html', 1]);
  const url = new URL(entry?.url ?? '').pathname;
  assert.match(url, /\/assets\.zip$/);
  const download = await api.app.inject({ url, headers: headersOf(api.owner) });
  assert.deepEqual([download.statusCode, download.headers['content-disposition'], download.rawPayload.equals(archive)], [200, 'attachment; filename="assets.zip"', true]);
  const part = await api.app.inject({ url, headers: { ...headersOf(api.owner), range: 'bytes=30-39' } });
  assert.deepEqual([part.statusCode, part.rawPayload.equals(archive.subarray(30, 40))], [206, true]);
});

test('a link is good for a day, and says afterwards that it has expired', async () => {
  const path = await begin();
  await post(`${path}/upload`, await zipOf({ 'a/trace.zip': 'a trace' }));
  await post(path, ended);
  const trace = async () => (await resultOf(path)).playwrightCheckResult?.playwrightTestTraces?.[0] ?? '';
  const old = await trace();
  const open = (link: string) => api.app.inject({ url: new URL(link).pathname + new URL(link).search });
  assert.equal((await open(old)).body, 'a trace');
  api.advance(25 * 3_600_000);
  const late = await open(old);
  assert.deepEqual([late.statusCode, late.json<{ error: string }>().error, late.headers['access-control-allow-origin']], [403, 'Forbidden', '*']);
  assert.match(late.body, /expired/);
  const fresh = await trace();
  assert.notEqual(fresh, old);
  assert.equal((await open(fresh)).statusCode, 200, 'the result has a new one');
});

test('whoever may not run checks, and whoever asks for what is not theirs, is turned down', async () => {
  const path = await begin();
  const readOnly = await api.accounts.createServiceKey({ accountId: api.owner.accountId, name: 'reader', role: 'READ_ONLY' });
  const reader = headersOf({ apiKey: readOnly.apiKey, accountId: api.owner.accountId });
  const zip = await zipOf({ a: 'b' });
  for (const [url, payload] of [['/next/test-sessions/create', { name: 'a', testResults: [{ name: 'b' }] }], [path, ended], [`${path}/upload`, zip]] as const) {
    assert.equal((await post(url, payload, reader)).statusCode, 403, url);
    if (url.startsWith(path)) assert.equal((await post(url, payload, headersOf(api.stranger))).statusCode, 404, url);
  }
  const other = path.replace(/[^/]+$/, randomUUID());
  assert.deepEqual([(await post(other, ended)).statusCode, (await post(`${other}/upload`, zip)).statusCode], [404, 404]);
  const form = await api.app.inject({ method: 'POST', url: `${path}/assets`, payload: '--x\r\n', headers: { ...headersOf(api.owner), 'content-type': 'multipart/form-data; boundary=x' } });
  assert.equal(form.statusCode, 415);
  for (const wrong of [{}, { ...ended, status: 'RUNNING' }, { ...ended, startedAt: 'yesterday' }, { ...ended, metadata: { errors: [{}] } }]) assert.equal((await post(path, wrong)).statusCode, 400);
  for (const wrong of [{}, { name: 'a', testResults: [] }, { name: 'a', testResults: [{ name: 'b' }], provider: 'GITHUB' }, { name: 'a', testResults: [{ name: 'b' }], startedAt: 1e20 }]) {
    assert.equal((await post('/next/test-sessions/create', wrong)).statusCode, 400);
  }
});

test('what the files of an archive are', () => {
  const kinds = { 'output/checkly-report.json': 'report', 'logs.txt': 'log', 'test-results/a/trace.zip': 'trace', 'a/trace-1.zip': 'trace', 'a/video.webm': 'video', 'a/x.PNG': 'screenshot', 'a/x.zip': 'file', 'a/logs.txt': 'file', x: 'file' };
  for (const [name, type] of Object.entries(kinds)) assert.equal(kindOfEntry(name).type, type, name);
  assert.equal(readLog('no json'), null);
  assert.equal(readLog('{}'), null);
  const long = readLog(JSON.stringify(Array.from({ length: 100 }, () => ({ time: 1, msg: 'x'.repeat(19_000), level: 'INFO' })))) ?? [];
  assert.match(long.at(-1)?.msg ?? '', /longer than 1 MB/);
  assert.ok(long.length < 60);
});
