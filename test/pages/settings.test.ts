/** The settings in a real Chromium: keys that really open, and do so no more; agents as they are; lines that lead here. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createLink } from '../../src/agent/link.ts';
import { findSandbox } from '../../src/agent/sandbox/findSandbox.ts';
import { startStage, type Stage } from '../stage.ts';
import { noPages, openPages, type Pages } from './openPages.ts';

let stage: Stage;
let pages: Pages;
before(async () => {
  if (noPages) return;
  stage = await startStage();
  pages = await openPages(stage);
});
after(async () => {
  await pages?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

const statusOf = async (apiKey: string, path = '/v1/accounts/me') =>
  (await fetch(`${stage.server.apiUrl}${path}`, { headers: { authorization: `Bearer ${apiKey}`, 'x-checkly-account': stage.accountId } })).status;
const row = (name: string) => pages.page.locator('tbody tr').filter({ hasText: name });

test('a key is made, shown once, opens what its role says, and is ended after a question', { skip: noPages }, async () => {
  const { page } = pages;
  await pages.open('/settings');
  await page.waitForURL('**/settings/keys');
  await row('first key').getByText('you are signed in with it').waitFor();
  await pages.look('keys');
  await page.getByLabel('Name').fill('ci <pipeline>');
  await page.getByLabel('Role').selectOption('READ_ONLY');
  await page.getByRole('button', { name: 'Make the key' }).click();
  await page.getByText('shown now and never again').waitFor();
  const apiKey = await page.locator('.key-new code').innerText();
  await pages.look('keys-new');
  assert.match(apiKey, /^sv_[0-9a-f]{40}$/);
  assert.deepEqual([await statusOf(apiKey), (await fetch(`${stage.server.apiUrl}/v1/test-sessions/run`, { method: 'POST', headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' }, body: '{}' })).status], [200, 403]);
  await page.getByRole('button', { name: 'I have it' }).click();
  await page.getByRole('button', { name: 'Make the key' }).waitFor();
  assert.ok(!(await page.content()).includes(apiKey));
  await page.getByRole('button', { name: 'Revoke ci <pipeline>' }).click();
  await page.getByRole('dialog').getByText('It cannot be brought back.').waitFor();
  await page.getByRole('button', { name: 'Keep it' }).click();
  assert.equal(await statusOf(apiKey), 200);
  await page.getByRole('button', { name: 'Revoke ci <pipeline>' }).click();
  await page.getByRole('button', { name: 'Revoke it' }).click();
  await row('ci <pipeline>').waitFor({ state: 'detached' });
  assert.equal(await statusOf(apiKey), 401);
});

test('whoever ends the key that signed them in is warned, and is signed out', { skip: noPages }, async () => {
  const { apiKey } = await stage.server.accounts.createServiceKey({ accountId: stage.accountId, role: 'ADMIN', name: 'own branch' });
  await using theirs = await openPages({ ...stage, apiKey });
  await theirs.open('/settings/keys');
  await theirs.page.getByRole('button', { name: 'Revoke own branch' }).click();
  await theirs.page.getByText('You are signed in with this key.').waitFor();
  await theirs.look('keys-own');
  await theirs.page.getByRole('button', { name: 'Revoke it and sign me out' }).click();
  await theirs.page.waitForURL('**/sign-in**');
  assert.equal(await statusOf(apiKey), 401);
  await theirs.open('/settings/keys');
  await theirs.page.waitForURL('**/sign-in?then=*');
  assert.deepEqual(theirs.wrong, []);
});

test('a reader sees the own key alone, and nothing to change', { skip: noPages }, async () => {
  const { apiKey } = await stage.server.accounts.createServiceKey({ accountId: stage.accountId, role: 'READ_ONLY', name: 'reader' });
  await using readers = await openPages({ ...stage, apiKey });
  await readers.open('/settings/keys');
  await readers.page.getByText('Yours alone').waitFor();
  assert.deepEqual([await readers.page.locator('tbody tr').count(), await readers.page.getByRole('button', { name: /key|Revoke/ }).count()], [1, 0]);
  await readers.look('keys-reader');
  await readers.open('/settings/retention');
  await readers.page.getByRole('cell', { name: 'Videos', exact: true }).waitFor();
  assert.equal(await readers.page.getByText('nothing').count(), 0);
});

test('agents are shown as they are: alive with their sandbox, load and version, or gone', { skip: noPages }, async () => {
  const { page } = pages;
  await pages.open('/settings/locations');
  const found = await findSandbox(false);
  await row('stage').getByText(found.level ?? 'refuses user code', { exact: true }).waitFor();
  await row('stage').getByText('0 of 32 protocol').waitFor();
  await page.getByText('has no private locations').waitFor();
  const location = await stage.call<{ id: string }>('POST', '/v1/private-locations', { name: 'Warehouse', slugName: 'warehouse', icon: 'location' });
  await pages.open('/settings/locations');
  await page.getByText('No agent has ever served this place.').waitFor();
  const key = await stage.call<{ rawKey: string }>('POST', `/v1/private-locations/${location.body.id}/keys`, {});
  const link = createLink({ serverUrl: stage.server.apiUrl, locationKey: key.body.rawKey, version: '0.0.9' });
  const me = { name: 'forklift', incarnation: randomUUID(), version: '0.0.9', slots: { light: 3, heavy: 0 } };
  await link.hello(me);
  await link.hello({ ...me, name: 'retired', incarnation: randomUUID() });
  await stage.server.store.transaction((tx) => tx.db.updateTable('agents').set({ last_seen_at: Date.now() - 3_600_000 }).where('name', '=', 'retired').execute());
  const job = (name: string) => ({ checkType: 'URL', logicalId: name, name, request: { url: 'http://127.0.0.1:1/', assertions: [] } });
  await stage.call('POST', '/v1/test-sessions/run', { name: 'Load', runLocation: { type: 'PRIVATE', slugName: 'warehouse' }, checkRunJobs: ['a', 'b', 'c'].map(job) });
  const { assignments } = await link.next({ agentId: me.incarnation, free: { light: 2, heavy: 0 }, waitMs: 0 }, new AbortController().signal);
  assert.equal(assignments.length, 2);
  await pages.open('/settings/locations');
  await row('forklift').getByText('2 of 3 protocol').waitFor();
  await page.getByText('1 protocol, 0 browser').waitFor();
  assert.match(await row('forklift').innerText(), /alive[\s\S]*not told[\s\S]*0\.0\.9/);
  assert.match(await row('retired').innerText(), /gone since/);
  await pages.look('locations');
  link.close();
});

test('retention tells the days of the server, and what is due', { skip: noPages }, async () => {
  await pages.open('/settings/retention');
  assert.match(await row('Videos').innerText(), /30 days[\s\S]*ASSAY_RETENTION_VIDEOS[\s\S]*nothing/);
  await pages.look('retention');
});

test('the lines for the CLI carry the addresses of this server', { skip: noPages }, async () => {
  const { page } = pages;
  await pages.open('/settings/cli');
  const lines = await page.getByLabel('Lines for sh').innerText();
  const { CHECKLY_ENV, CHECKLY_API_URL, CHECKLY_MQTT_URL, CHECKLY_ACCOUNT_ID } = stage.cliEnv;
  assert.equal(lines, [
    `export CHECKLY_ENV=${CHECKLY_ENV}`, `export CHECKLY_API_URL=${CHECKLY_API_URL}`, `export CHECKLY_MQTT_URL=${CHECKLY_MQTT_URL}`, `export CHECKLY_ACCOUNT_ID=${CHECKLY_ACCOUNT_ID}`,
    'export CHECKLY_API_KEY=YOUR_API_KEY', 'npx checkly test --record',
  ].join('\n'));
  assert.match(await page.getByLabel('Lines for PowerShell').innerText(), new RegExp(`^\\$env:CHECKLY_API_URL = "${CHECKLY_API_URL}"$`, 'm'));
  assert.match(await page.getByLabel('A step of a workflow').innerText(), /CHECKLY_API_KEY: \$\{\{ secrets\.CHECKLY_API_KEY \}\}/);
  assert.equal(await page.getByRole('note').count(), 0, 'it is read at the server\'s own address');
  await pages.look('cli');
  const elsewhere = stage.server.apiUrl.replace('127.0.0.1', 'localhost');
  const { keyId } = await stage.server.accounts.findPrincipal(stage.apiKey) ?? assert.fail('The key is known');
  await page.goto(`${elsewhere}/sign-in/${await stage.server.accounts.createSignInLink(keyId)}`);
  await page.goto(`${elsewhere}/accounts/${stage.accountId}/settings/cli`);
  await page.getByRole('note').filter({ hasText: `calls itself ${stage.server.apiUrl}` }).waitFor();
  assert.deepEqual(pages.wrong, []);
});
