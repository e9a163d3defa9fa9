/** Runs the faults of Playwright tests in Chromium: with the test runner alone in two versions, and as browser checks of our own. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { JSONReport, JSONReportSuite } from '@playwright/test/reporter';
import { Value } from 'typebox/value';
import { createPlaywrightRunner } from '../../../src/agent/playwright/runPlaywright.ts';
import { openMachine } from '../../../src/agent/machine.ts';
import { recordedOutcome } from '../../../src/api/recordings/recordedOutcome.ts';
import { probeBrowser } from '../../../src/checks/browser/probe.ts';
import { BrowserSettings } from '../../../src/checks/browser/schema.ts';
import { createEgress } from '../../../src/checks/kit/egress.ts';
import { createRedactor } from '../../../src/checks/kit/redact.ts';
import type { RecordedError } from '../../../src/contract/recordings.ts';
import { plainPlaywright } from '../../../test/clients/plainPlaywright.ts';
import { probeContext } from '../../../test/httpTargets.ts';
import { noiseOf } from '../noise.ts';
import type { Sample } from '../sample.ts';
import { openShop, type Shop } from '../shopServer.ts';
import { expectFaults } from './expectFaults.ts';
import type { PlaywrightFault, Surroundings } from './faults.ts';
import { locatorFaults } from './locatorFaults.ts';
import { fileFaults, otherFaults } from './otherFaults.ts';

const FAULTS: readonly PlaywrightFault[] = [...locatorFaults, ...expectFaults, ...otherFaults];
const MODULES = join(import.meta.dirname, '..', '..', '..', 'node_modules');
const PACKAGES: Readonly<Record<string, string>> = { '1.65': '@playwright/test', '1.52': 'playwright-1-52' };
/** Each round has a host of its own name for the shop. */
const HOSTS = ['127.0.0.1', 'localhost'];

const surroundingsOf = (round: number, shop: Shop): Surroundings => {
  const host = HOSTS[round % HOSTS.length] ?? 'localhost';
  return { ...noiseOf(round), base: `http://${host}:${shop.port}`, gone: `http://${host}:${shop.closedPort}`, tls: `https://${host}:${shop.tlsPort}` };
};

/** The lines before the imports move every place in the file. */
function specOf(faults: readonly PlaywrightFault[], v: Surroundings): string {
  const head = `${`// ${v.uuid}\n`.repeat(v.round)}import { test, expect } from '@playwright/test';\nimport assert from 'node:assert';\nimport { mkdirSync, readFileSync, writeFileSync } from 'node:fs';\nimport { dirname } from 'node:path';\nvoid [assert, mkdirSync, readFileSync, writeFileSync, dirname, expect];\n`;
  return head + faults.map((fault) => {
    const body = fault.body(v);
    const fixtures = ['page', 'request'].filter((name) => body.includes(`${name}.`) || body.includes(`(${name}`)).join(', ');
    return `test.describe('of ${v.user}', () => { ${fault.beside?.(v) ?? ''}\ntest(${JSON.stringify(fault.group)}, async ({ ${fixtures} }) => {\n${body}\n}); });`;
  }).join('\n');
}

interface Told { testTitle?: string; message: string }

/** A run for each test: the others of its file are other faults. */
function split(detail: Record<string, unknown>, checkType: string, round: number, by: string): Sample[] {
  const errors = detail['errors'] as Told[];
  return FAULTS.flatMap((fault): Sample[] => {
    const own = errors.filter(({ testTitle }) => testTitle === fault.group);
    if (own.length === 0) return [];
    return [{ groups: fault.groups ?? [fault.group], round, by, run: { checkType, detail: { errors: own.map(stored) }, scheduleError: null } }];
  });
}

/** Stacks and the lines around a place are only there to be overlooked. Paths of the machine that made the corpus are nobody's business. */
const neutral = (text: string): string => text.replaceAll(dirname(MODULES), '/tmp/project');
const stored = (error: object): object => JSON.parse(neutral(JSON.stringify(error, (key, value: unknown) => (key === 'stack' || key === 'snippet' ? String(value).slice(0, 400) : value)))) as object;

function recordedErrors(report: JSONReport): RecordedError[] {
  const found: RecordedError[] = [];
  const walk = (suite: JSONReportSuite, titles: string[]) => {
    for (const spec of suite.specs) {
      for (const { results, projectName } of spec.tests) {
        for (const error of results.at(-1)?.errors ?? []) found.push({ error: { ...error }, projectName, specId: spec.id, testFile: spec.file, testTitle: spec.title, suitePath: titles });
      }
    }
    for (const inner of suite.suites ?? []) walk(inner, [...titles, inner.title]);
  };
  for (const file of report.suites) walk(file, []);
  return found;
}

function recorded(errors: RecordedError[], at: number): Record<string, unknown> {
  const body = { status: 'FAILED' as const, startedAt: new Date(at).toISOString(), stoppedAt: new Date(at + 1_000).toISOString(), metadata: { errors } };
  return JSON.parse(recordedOutcome(body, null, null).detail) as Record<string, unknown>;
}

function projectFolder(version: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'run-'));
  mkdirSync(join(folder, 'node_modules', '@playwright'), { recursive: true });
  symlinkSync(join(MODULES, PACKAGES[version] ?? ''), join(folder, 'node_modules', '@playwright', 'test'));
  writeFileSync(join(folder, 'package.json'), '{"name":"shop"}');
  writeFileSync(join(folder, 'playwright.config.ts'), 'export default { testDir: "tests", timeout: 120000, retries: 0, workers: 2, fullyParallel: true, projects: [{ name: "chromium" }], use: { ignoreHTTPSErrors: false } };');
  mkdirSync(join(folder, 'tests'));
  return folder;
}

/** One round with the test runner as it is, told the way its reporter package tells it. */
async function plainRound(version: string, round: number): Promise<Sample[]> {
  await using shop = await openShop(noiseOf(round));
  const v = surroundingsOf(round, shop);
  const by = `playwright ${version}`;
  const folder = projectFolder(version);
  const samples: Sample[] = [];
  try {
    writeFileSync(join(folder, 'tests', 'shop.spec.ts'), specOf(FAULTS, v));
    const report = await plainPlaywright(folder, { FORCE_COLOR: '1' });
    samples.push(...split(recorded(recordedErrors(report), v.at), 'PLAYWRIGHT', round, by));
    rmSync(join(folder, 'tests', 'shop.spec.ts'));
    for (const { group, text } of fileFaults) {
      writeFileSync(join(folder, 'tests', 'odd.spec.ts'), text(v));
      const { errors } = await plainPlaywright(folder, { FORCE_COLOR: '1' });
      const detail = recorded(errors.map((error) => ({ error: { ...error } })), v.at);
      samples.push({ groups: [group], round, by, run: { checkType: 'PLAYWRIGHT', detail: { errors: (detail['errors'] as object[]).map(stored) }, scheduleError: null } });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return samples;
}

/** Tests in one browser check: it has four minutes. */
const CHUNK = 12;

/** One round as browser checks, in the sandbox of the agent. */
async function browserCheckRound(round: number): Promise<Sample[]> {
  await using shop = await openShop(noiseOf(round));
  const v = surroundingsOf(round, shop);
  const folder = mkdtempSync(join(tmpdir(), 'run-'));
  const machine = openMachine({ allowUnsandboxed: false, keepPictures: true, folder });
  const run = createPlaywrightRunner(machine);
  const policy = createEgress({ policies: [{ of: 'location', allow: [], deny: [], loopback: true }], own: [], local: [] });
  const samples: Sample[] = [];
  const play = async (script: string): Promise<Record<string, unknown>> => {
    const settings = Value.Parse(BrowserSettings, Value.Default(BrowserSettings, { name: 'b', logicalId: 'b', script, scriptPath: `checks/${v.hash}.spec.ts` }));
    const { signal } = new AbortController();
    const outcome = await probeBrowser(settings, probeContext({
      playwright: (job) => run(job, {
        signal, redactor: createRedactor([]), accountId: 'a', now: () => Date.now(), egress: { policy, onDenied: () => {} }, log: () => {},
        files: { input: async () => { throw new Error('There are none.'); }, keep: async (file) => file.name },
      }),
    }));
    if (outcome.fault !== null) process.stderr.write(`${outcome.fault}\n`);
    return outcome.detail;
  };
  try {
    for (let from = 0; from < FAULTS.length; from += CHUNK) {
      const detail = await play(specOf(FAULTS.slice(from, from + CHUNK), v));
      process.stderr.write(`browser check ${from}/${FAULTS.length}: ${(detail['errors'] as object[] | undefined)?.length ?? 'none'}\n`);
      if (detail['errors']) samples.push(...split(detail, 'BROWSER', round, 'browser check'));
    }
    for (const { group, text } of fileFaults) {
      const detail = await play(text(v));
      if (detail['errors']) samples.push({ groups: [group], round, by: 'browser check', run: { checkType: 'BROWSER', detail: { errors: (detail['errors'] as object[]).map(stored) }, scheduleError: null } });
    }
  } finally {
    await machine.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return samples;
}

export const playwrightFamilies: Readonly<Record<string, () => Promise<Sample[]>>> = {
  'playwright-1': () => plainRound('1.65', 1), 'playwright-2': () => plainRound('1.52', 2), 'playwright-3': () => browserCheckRound(3),
};
