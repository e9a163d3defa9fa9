import assert from 'node:assert/strict';
import { cpSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import type { SingleFileJob } from '../../checks/kit/playwright.ts';
import { createRedactor } from '../../checks/kit/redact.ts';
import { openMachine, type Machine } from '../machine.ts';
import { findSandbox } from '../sandbox/findSandbox.ts';
import { createPlaywrightRunner } from './runPlaywright.ts';
import { findRuntimePackages } from './runtimePackages.ts';
import type { RunPlaywright } from './surroundings.ts';

const facts = await findSandbox(false);
const job = (script: string): SingleFileJob => ({
  kind: 'browser', script: `import { test, firefox, chromium } from '@playwright/test';\n${script}`, scriptPath: 'a.spec.ts', files: [], snapshots: [], updateSnapshots: false, playwrightConfig: null, env: {}, limitMs: 30_000,
});

async function play(runPlaywright: RunPlaywright, script: string) {
  const lines: string[] = [];
  const end = await runPlaywright(job(script), {
    signal: new AbortController().signal, redactor: createRedactor([]), accountId: 'account', now: () => Date.now(), log: (level, msg) => { lines.push(`${level} ${msg}`); },
    files: { input: () => assert.fail(), keep: async ({ name }, _size, open) => { await buffer(open()); return name; } },
  });
  return { end, lines, again: lines.filter((line) => line.endsWith('It is tried once more.')) };
}

test('a browser of ours that does not start is tried once more, and then a fault; one that the user has chosen is the user\'s failure', { skip: facts.level === null && facts.says }, async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-runner-'));
  const machine = openMachine({ allowUnsandboxed: false, keepPictures: true, folder });
  try {
    const tree = await machine.browserTree(findRuntimePackages().playwrightCore);
    if (!tree.ok) return context.skip(tree.sentence);
    const runner = createPlaywrightRunner(machine);
    const chosen = await play(runner, "test('a', async () => { await chromium.launch({ executablePath: '/usr/bin/false' }); });");
    assert.deepEqual([chosen.end.kind, chosen.again], ['done', []]);
    const fox = await play(runner, "test('a', async () => { await firefox.launch(); });");
    assert.deepEqual([fox.end.kind, fox.end.run?.passed, fox.again], ['done', false, []]);
    const path = join(folder, 'broken');
    cpSync(tree.path, path, { recursive: true });
    for (const program of globSync(`${path}/chromium*/*/*`)) writeFileSync(program, '#!/bin/sh\nexit 1\n');
    const broken: Machine = { ...machine, browserTree: async () => ({ ...tree, path, mounts: [...tree.mounts, path] }) };
    const { end, again } = await play(createPlaywrightRunner(broken), "test('a', async ({ page }) => { await page.goto('about:blank'); });");
    assert.equal(end.kind === 'fault' && end.sentence.startsWith('The browser did not start: '), true, JSON.stringify(end));
    assert.equal(end.run?.errors.length, 1);
    assert.equal(again.length, 1);
  } finally {
    await machine.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
