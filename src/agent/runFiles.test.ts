import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import type { InputRequest } from '../protocol/verbs.ts';
import { LinkError } from './linkError.ts';
import { openRunFiles, type RunFilesDeps } from './runFiles.ts';

const bytes = Buffer.from('the whole of the bundle');
/** As the real one: transient trouble is waited out, all else is thrown. */
const membership: RunFilesDeps['membership'] = {
  async ask(question) {
    for (;;) {
      try {
        return await question('agent');
      } catch (error) {
        if (!(error instanceof LinkError) || error.kind !== 'transient') throw error;
      }
    }
  },
};
const notThere: RunFilesDeps['link'] = { input: () => assert.fail('no input'), asset: () => assert.fail('no asset') };
const files = (link: Partial<RunFilesDeps['link']>, signal = new AbortController().signal) =>
  openRunFiles({ link: { ...notThere, ...link }, membership, run: { runId: 'run', token: 7 }, signal });
/** Some bytes, and then the line breaks. */
const broken = (some: Buffer) => Readable.from((async function* () {
  if (some.length > 0) yield some;
  throw new Error('socket hang up');
})());

test('an input is taken up where the line broke', async () => {
  const asked: InputRequest[] = [];
  const stream = await files({
    input: async (question) => {
      asked.push(question);
      if (asked.length === 1) throw new LinkError('transient', 'busy');
      if (asked.length === 3) throw new LinkError('transient', 'busy');
      return asked.length < 5 ? broken(bytes.subarray(question.from, (question.from ?? 0) + 4)) : Readable.from([bytes.subarray(question.from)]);
    },
  }).input('bundle/1');
  assert.deepEqual(await buffer(stream), bytes);
  assert.deepEqual(asked.map(({ from }) => from), [0, 0, 4, 4, 8]);
  assert.deepEqual([asked[0]?.runId, asked[0]?.token, asked[0]?.agentId, asked[0]?.key], ['run', 7, 'agent', 'bundle/1']);
});

test('an upload that is not there is refused at once; a lost run and a file that cannot be read end the stream', async () => {
  await assert.rejects(files({ input: () => Promise.reject(new LinkError('refused', 'no upload', 404)) }).input('file/1'), { kind: 'refused' });
  let times = 0;
  const lost = await files({ input: async () => { if (++times > 1) throw new LinkError('lost', 'gone'); return broken(bytes); } }).input('file/1');
  await assert.rejects(buffer(lost), { kind: 'lost' });
  times = 0;
  const unreadable = await files({ input: async () => { times += 1; return broken(Buffer.alloc(0)); } }).input('file/1');
  await assert.rejects(buffer(unreadable), /socket hang up/);
  assert.equal(times, 6);
});

test('a file is kept with a fresh stream for each try, and what is wrong with the file is not tried again', async () => {
  let [opened, tries] = [0, 0];
  const keep = (error: Error | null) => files({
    asset: async ({ type, token }, size, open) => {
      tries += 1;
      assert.deepEqual([type, token, size, await buffer(open())], ['trace', 7, bytes.length, bytes]);
      if (error) throw error;
      if (tries < 3) throw new LinkError('transient', 'busy');
      return { assetId: 'kept' };
    },
  }).keep({ type: 'trace', name: 'trace.zip', contentType: 'application/zip' }, bytes.length, () => { opened += 1; return Readable.from([bytes]); });
  assert.equal(await keep(null), 'kept');
  assert.deepEqual([tries, opened], [3, 3]);
  await assert.rejects(keep(new Error('The file changed')), /changed/);
  await assert.rejects(keep(new LinkError('refused', 'too large', 413)), { kind: 'refused' });
  assert.equal(tries, 5);
});

test('nothing is asked for a run that is over', async () => {
  const over = new AbortController();
  over.abort();
  await assert.rejects(files({}, over.signal).input('file/1'), { kind: 'closed' });
  await assert.rejects(files({}, over.signal).keep({ type: 'file', name: 'a', contentType: 'text/plain' }, 1, () => Readable.from([bytes])), { kind: 'closed' });
});
