/** The job log: a hundred thousand lines of a real result, and the lines of a run under way over a line that breaks. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { LogEntry } from '../../src/protocol/outcome.ts';
import { agentByHand, type AgentByHand } from '../agentByHand.ts';
import { startStage, type Stage } from '../stage.ts';
import { openLine } from './openLine.ts';
import { noPages, openPages, type Pages } from './openPages.ts';

const ENTRIES = 10_000;
const LINES_EACH = 10;

let stage: Stage;
let agent: AgentByHand;
before(async () => {
  stage = await startStage({ config: { builtinAgent: null } });
  agent = await agentByHand(stage, 'log');
});
after(async () => {
  agent.link.close();
  await stage[Symbol.asyncDispose]();
});

/** 5 MB: each entry of ten lines; one in a thousand is an error, in colour. */
function longLog(): LogEntry[] {
  return Array.from({ length: ENTRIES }, (_, n): LogEntry => {
    const red = n % 1_000 === 999;
    const lines = Array.from({ length: LINES_EACH }, (_unused, i) => `line ${n * LINES_EACH + i + 1} of the log, with forty letters to say no`);
    if (red) lines[0] = `\u001b[1;31mError ${n}:\u001b[0m the \u001b[42mgoods\u001b[49m are \u001b[38;5;208mgone\u001b[0m\u001b]0;title\u0007 <b>for good</b>`;
    return { time: 1_760_000_000_000 + n, level: red ? 'ERROR' : n % 10 === 0 ? 'DEBUG' : 'INFO', msg: lines.join('\n') };
  });
}
interface Scrolled { scrollHeight: number; scrollTop: number; clientHeight: number }
const job = { logicalId: 'talkative', name: 'talkative', checkType: 'MULTI_STEP', script: 'x', dependencies: [] };

const section = ({ page }: Pages) => page.getByRole('region', { name: 'Job log' });
const frame = ({ page }: Pages) => page.getByRole('region', { name: 'Lines of the log' });
const rows = (pages: Pages) => frame(pages).locator('.log-all .log-text');

test('a log of a hundred thousand lines: all of it is there, found, filtered and coloured, and only what is in sight is in the page', { skip: noPages }, async () => {
  const { testSessionId, testResultIds } = await agent.run(job);
  const run = await agent.take();
  await run.finish({ verdict: 'failed', log: { setup: [], request: longLog(), teardown: [] } });
  await using pages = await openPages(stage);
  const { page } = pages;
  await pages.open(`/test-sessions/${testSessionId}/results/${testResultIds['talkative']}`);
  await section(pages).getByText('100,000 lines').waitFor();
  await frame(pages).getByText('line 1 of the log').waitFor();
  assert.ok(await rows(pages).count() < 300);

  await frame(pages).focus();
  await page.keyboard.press('End');
  await frame(pages).getByText('line 100000 of the log').waitFor();
  await page.keyboard.press('Home');
  await frame(pages).getByText('line 1 of the log').waitFor();

  await page.keyboard.press('/');
  const search = page.getByRole('searchbox', { name: 'Search the log' });
  await search.pressSequentially('ERROR 4999');
  const status = section(pages).getByRole('status');
  await status.getByText('1 of 1', { exact: true }).waitFor();
  const hit = frame(pages).locator('.log-current');
  assert.equal(await hit.locator('.log-text').innerText(), 'Error 4999: the goods are gone <b>for good</b>', 'codes are read, markup is text');
  assert.deepEqual(await hit.locator('mark').allInnerTexts(), ['Error 4999']);
  assert.equal(await hit.locator('.ansi-1.ansi-bold').first().innerText(), 'Error 4999');
  assert.equal(await hit.locator('.ansi-on-2').innerText(), 'goods');
  await search.fill('the goods');
  await status.getByText('1 of 10', { exact: true }).waitFor();
  await search.press('Enter');
  await status.getByText('2 of 10', { exact: true }).waitFor();
  await hit.getByText('Error 1999').waitFor();
  await search.press('Shift+Enter');
  await search.press('Shift+Enter');
  await status.getByText('10 of 10', { exact: true }).waitFor();
  await pages.look('log');
  await search.press('Escape');

  await section(pages).getByRole('button', { name: /INFO/ }).click();
  await section(pages).getByRole('button', { name: /DEBUG/ }).click();
  await frame(pages).getByText('Error 9999:').waitFor();
  await frame(pages).focus();
  await page.keyboard.press('Home');
  await frame(pages).getByText('Error 999:').waitFor();
  await section(pages).getByRole('button', { name: 'ERROR 100', exact: true }).waitFor();
  await page.keyboard.press('End');
  await frame(pages).getByText('line 100000 of the log').waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), section(pages).getByRole('button', { name: 'Download' }).click()]);
  const kept = readFileSync(await download.path(), 'utf8').split('\n');
  assert.deepEqual([download.suggestedFilename(), kept.length, kept[0]], ['talkative.log', 100, '2025-10-09T08:53:20.999Z ERROR Error 999: the goods are gone <b>for good</b>'], 'as it is shown');
  assert.deepEqual(pages.wrong, []);
});

test('the lines of a run under way: in order, none lost and none twice when the line is cut; the kept log takes their place', { skip: noPages }, async () => {
  const { testSessionId, testResultIds } = await agent.run(job, { streamLogs: true });
  const run = await agent.take();
  let said = 0;
  const say = (count: number) => agent.link.log({ ...run.held, entries: Array.from({ length: count }, () => ({ time: Date.now(), level: 'INFO' as const, msg: `said ${++said}` })) });
  const upTo = (last: number) => Array.from({ length: last }, (_, i) => `said ${i + 1}`);
  await using line = await openLine(stage.server.apiUrl);
  await using pages = await openPages({ ...stage, server: { ...stage.server, apiUrl: line.url } });
  await say(2);
  await pages.open(`/test-sessions/${testSessionId}/results/${testResultIds['talkative']}`);
  await frame(pages).getByText('said 2', { exact: true }).waitFor();
  await say(3);
  await frame(pages).getByText('said 5', { exact: true }).waitFor();
  const cut = line.cut();
  await say(4);
  await cut;
  await say(1);
  line.mend();
  await frame(pages).getByText('said 10', { exact: true }).waitFor();
  await say(40);
  await frame(pages).getByText('said 50', { exact: true }).waitFor();
  // The end is followed: the last line is in sight.
  assert.equal(await frame(pages).evaluate(({ scrollHeight, scrollTop, clientHeight }: Scrolled) => scrollHeight - scrollTop - clientHeight < 20), true);
  assert.deepEqual(await rows(pages).allInnerTexts(), upTo(50));
  await pages.look('log-live');
  await run.finish({ log: { setup: [], request: [{ time: Date.now(), level: 'WARN', msg: 'kept' }], teardown: [] } });
  await section(pages).getByRole('button', { name: /WARN/ }).waitFor();
  assert.deepEqual(await rows(pages).allInnerTexts(), ['kept']);
  assert.deepEqual(pages.wrong, []);
});
