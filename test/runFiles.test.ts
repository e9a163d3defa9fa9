/** Files between client, server and agent: what a client uploads for a run reaches the agent that holds it, and nobody else. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { agentByHand, type AgentByHand } from './agentByHand.ts';
import { startStage, type Stage } from './stage.ts';

const never = new AbortController().signal;
let stage: Stage;
let agent: AgentByHand;
let link: AgentByHand['link'];
let held: { agentId: string; runId: string; token: number };


async function upload(path: string, bytes: Buffer, account: { accountId: string; apiKey: string } = stage): Promise<string> {
  const answer = await fetch(`${stage.server.apiUrl}/next/checkly-storage/${path}`, {
    method: 'POST', body: new Uint8Array(bytes),
    headers: { authorization: `Bearer ${account.apiKey}`, 'x-checkly-account': account.accountId, 'content-type': 'application/octet-stream' },
  });
  return (await answer.json() as { key: string }).key;
}

before(async () => {
  stage = await startStage({ config: { builtinAgent: null } });
  agent = await agentByHand(stage, 'here');
  link = agent.link;
  await agent.run({ logicalId: 'a', name: 'a', checkType: 'URL', request: { url: 'http://127.0.0.1:1/', method: 'GET', assertions: [] } });
  held = (await agent.take()).held;
});
after(async () => {
  agent.link.close();
  await stage[Symbol.asyncDispose]();
});

test('the agent that holds a run gets the uploads of its account, whole or from where it broke off', async () => {
  const bytes = Buffer.from('x'.repeat(200_000) + 'end');
  for (const path of ['upload-code-bundle', 'upload']) {
    const key = await upload(path, bytes);
    assert.deepEqual(await buffer(await link.input({ ...held, key }, never)), bytes);
    assert.deepEqual((await buffer(await link.input({ ...held, key, from: 200_000 }, never))).toString(), 'end');
    assert.equal((await buffer(await link.input({ ...held, key, from: bytes.length }, never))).length, 0);
    await assert.rejects(link.input({ ...held, key, from: bytes.length + 1 }, never), { status: 416 });
  }
  const empty = await upload('upload', Buffer.alloc(0));
  assert.equal((await buffer(await link.input({ ...held, key: empty }, never))).length, 0);
});

test('foreign, unknown and wrongly named uploads are refused alike; so are files of results, and those whose bytes are gone', async () => {
  const stranger = await stage.server.accounts.createAccount({ name: 'Stranger' });
  const foreign = await upload('upload', Buffer.from('secret'), stranger);
  const mine = await upload('upload', Buffer.from('mine'));
  const { assetId } = await link.asset({ ...held, type: 'file', name: 'a.txt', contentType: 'text/plain' }, 4, () => Readable.from([Buffer.from('kept')]), never);
  const keys = [foreign, `file/${randomUUID()}`, mine.replace('file/', 'bundle/'), mine.replace('file/', ''), `file/${assetId}`, 'file/../../etc/passwd', '%', 'file/'];
  for (const key of keys) await assert.rejects(link.input({ ...held, key }, never), { kind: 'refused', status: 404 }, key);
  const { storage_key } = await stage.server.store.read.selectFrom('assets').select('storage_key').where('id', '=', mine.slice(5)).executeTakeFirstOrThrow();
  rmSync(`${stage.dataDir}/assets/${storage_key}`);
  await assert.rejects(link.input({ ...held, key: mine }, never), { kind: 'refused', status: 404 });
});

test('an older token, another agent and an unknown run are refused as lost; another place\'s agent is not known', async () => {
  const key = await upload('upload', Buffer.from('mine'));
  await assert.rejects(link.input({ ...held, key, token: held.token - 1 }, never), { kind: 'lost' });
  await assert.rejects(link.input({ ...held, key, runId: randomUUID() }, never), { kind: 'lost' });
  const other = await agentByHand(stage, 'there');
  await assert.rejects(other.link.input({ ...held, key, agentId: other.agentId }, never), { kind: 'lost' });
  await assert.rejects(other.link.input({ ...held, key }, never), { kind: 'unknown' });
  other.link.close();
});
