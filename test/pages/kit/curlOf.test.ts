/** The line that "Copy as curl" gives: what a shell makes of it, and what curl then really sends. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { curlOf, shellQuoted, type ShownRequest } from '../../../src/web/kit/curlOf.ts';
import { serveHttp } from '../../httpTargets.ts';

const request = (given: Partial<ShownRequest> = {}): ShownRequest => ({ method: 'GET', url: 'http://shop.test/a?b=c&d=e', data: '', headers: {}, ...given });
const plain = { followed: false, cut: false };
const line = (given: Partial<ShownRequest>, circumstances = plain) => curlOf(request(given), circumstances).command.replaceAll(' \\\n ', '');
/** As if it was pasted: what a shell reads has no limit, unlike its arguments. */
const shell = (script: string) => new Promise<string>((resolve, reject) => {
  execFile('/bin/sh', (error, stdout) => (error ? reject(error) : resolve(stdout))).stdin?.end(script);
});

test('words: what a shell would read otherwise is quoted, and nothing else', async () => {
  assert.equal(shellQuoted('http://shop.test/a-b_c'), 'http://shop.test/a-b_c');
  for (const text of ["it's", '$HOME `id` "x" \\', 'two\nlines', '', '*', '; rm -rf /', "'''", 'ä 日本 🙂', '-n']) {
    assert.equal(await shell(`printf '%s' ${shellQuoted(text)}`), text);
  }
});

test('what curl sets by itself is left to it, and only what differs from its own way is said', () => {
  assert.equal(line({ headers: { Host: 'shop.test', 'User-Agent': 'Assay', 'Accept-Encoding': 'gzip, deflate, br', Connection: 'close' } }), "curl --compressed -H 'User-Agent: Assay' 'http://shop.test/a?b=c&d=e'");
  assert.equal(line({ url: 'http://shop.test/', headers: { Host: 'other.test' } }), "curl -H 'Host: other.test' http://shop.test/");
  assert.equal(line({ url: 'http://shop.test/', method: 'HEAD' }), 'curl --head http://shop.test/');
  assert.equal(line({ url: 'http://shop.test/', method: 'DELETE' }), 'curl -X DELETE http://shop.test/');
  assert.equal(line({ url: 'http://shop.test/', method: 'GET', data: 'x' }), "curl -X GET -H Content-Type: --data-raw x http://shop.test/");
  assert.equal(line({ url: 'http://shop.test/[1]' }, { followed: true, cut: false }), "curl --location --globoff 'http://shop.test/[1]'");
  assert.equal(line({ url: 'http://shop.test/', headers: { 'X-Empty': '' } }), "curl -H 'X-Empty;' http://shop.test/");
});

test('secrets that are masked stay so, and the page can say what is missing', () => {
  const { command, notes } = curlOf(request({ headers: { Authorization: '******' }, data: 'x' }), { followed: false, cut: true });
  assert.match(command, /-H 'Authorization: \*{6}'/);
  assert.equal(notes.length, 2);
  assert.match(notes[0] ?? '', /real values/);
  assert.match(notes[1] ?? '', /longer than what is stored/);
  assert.deepEqual(curlOf(request(), plain).notes, []);
});

test('curl sends what was sent, byte for byte, whatever is in it', async (t) => {
  const target = await serveHttp(t, (_request, answer) => answer.end());
  const bodies = ['{"a": "it\'s $HOME"}\r\n\tä', '@/etc/passwd', `${'long '.repeat(60_000)}'`];
  for (const data of bodies) {
    const { command } = curlOf({ method: 'POST', url: `${target.url}/p?q=%27&r[]=1`, data, headers: { 'X-Quote': `"it's"`, 'Content-Type': 'text/plain', 'Content-Length': '1' } }, plain);
    await shell(command.replace('curl', 'curl --silent --fail --max-time 20'));
    const seen = target.seen.at(-1);
    assert.deepEqual([seen?.method, seen?.path, seen?.headers['x-quote'], seen?.headers['content-type']], ['POST', '/p?q=%27&r[]=1', `"it's"`, 'text/plain']);
    assert.ok(seen?.body === data, `${data.length} characters`);
  }
});
