/** How soon a page shows what was asked for: from the navigation to its rows being drawn, in a browser that has nothing of it yet. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from '@playwright/test';
import { webFolder } from '../../src/app/webFolder.ts';
import { launchBrowser } from '../../test/testBrowser.ts';
import { median, quantile, type Pace } from '../measure.ts';
import { sampleOutcome } from '../sampleOutcome.ts';
import { createAccountIn, sampleResults, seedResults, type Credentials } from '../seedStore.ts';
import { startSide } from '../sideProcess.ts';
import type { AssayArgs, AssayFacts } from '../sides/assay.ts';
import { figureLine, missingLine, type Line } from '../table.ts';
import { temporaryFolder } from '../temporaryFolder.ts';

const RESULTS = 500;
const KB = 1024;

/** Rows that fill a window. */
const A_WINDOW = 20;

/** In the page: when so many rows were drawn, in ms from the navigation. */
const WATCH = (rows: number) => `window.drawn = (rows) => new Promise((tell) => {
  const look = () => (document.querySelectorAll('[data-row]').length >= rows ? requestAnimationFrame(() => tell(performance.now())) : requestAnimationFrame(look));
  look();
}); window.views = Promise.all([window.drawn(${A_WINDOW}), window.drawn(${rows})]);`;

/** `shownMs` until the window was full, `allMs` until all rows were there. */
interface View { shownMs: number; allMs: number; scriptBytes: number }

export async function pageViews({ rounds, manyResults, say }: Pace): Promise<Line[]> {
  if (!existsSync(join(webFolder(), 'index.html'))) return [missingLine('First view of a page', 'the built pages (npm run build)')];
  const browser = await launchBrowser();
  if (typeof browser === 'string') return [missingLine('First view of a page', 'Chromium')];
  try {
    const session = await viewsOf(browser, rounds, RESULTS, RESULTS, RESULTS, (folder) => `/${sampleResults(folder, 1)[0]?.[0]}`);
    const few = await viewsOf(browser, rounds, 1_000, 20, 20, () => '');
    const many = await viewsOf(browser, rounds, manyResults, 20, 20, () => '');
    say(`  scripts of the list: ${(median(many.map(({ scriptBytes }) => scriptBytes)) / KB).toFixed(0)} KB`);
    const shown = (views: readonly View[], of: (values: readonly number[]) => number) => of(views.map(({ shownMs }) => shownMs));
    const worst = (values: readonly number[]) => quantile(values, 1);
    return [
      figureLine(`First view of a session of ${RESULTS} results`, shown(session, median), ' ms', '', { atMost: 1_000 }),
      figureLine('  slowest', shown(session, worst), ' ms', ''),
      figureLine(`  all ${RESULTS} rows drawn`, median(session.map(({ allMs }) => allMs)), ' ms', '', { atMost: 1_000 }),
      figureLine('  scripts, as sent', median(session.map(({ scriptBytes }) => scriptBytes)) / KB, ' KB', '', { atMost: 200 }),
      figureLine(`First view of the list, ${manyResults} results stored`, shown(many, median), ' ms', `${shown(few, median).toFixed(0)} ms with 1000`, { atMost: 1_000 }),
    ];
  } finally {
    await browser.close();
  }
}

/** @param rows that are waited for. @param pathIn the address below the list's, once the store is there. */
async function viewsOf(browser: Browser, rounds: number, results: number, aSession: number, rows: number, pathIn: (folder: string) => string): Promise<View[]> {
  using folder = temporaryFolder();
  const credentials = await createAccountIn(folder.path);
  seedResults(folder.path, credentials.accountId, await sampleOutcome(), results, aSession);
  const path = pathIn(folder.path);
  await using assay = await startSide<AssayFacts>('assay', { dataDir: folder.path, lightSlots: 0 } satisfies AssayArgs);
  const views: View[] = [];
  for (let round = 0; round <= rounds; round++) views.push(await firstView(browser, assay.facts.apiUrl, credentials, path, rows));
  // The first one finds a server that has just started.
  return views.slice(1);
}

async function firstView(browser: Browser, apiUrl: string, { accountId, apiKey }: Credentials, path: string, rows: number): Promise<View> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  try {
    const signedIn = await context.request.post(`${apiUrl}/web/sign-in`, { data: { apiKey }, headers: { origin: apiUrl } });
    if (signedIn.status() !== 204) throw new Error(`Signing in was answered with ${signedIn.status()}.`);
    const page = await context.newPage();
    await page.addInitScript(WATCH(rows));
    await page.goto(`${apiUrl}/accounts/${accountId}/test-sessions${path}`);
    return await page.evaluate(`window.views.then(([shownMs, allMs]) => ({
      shownMs, allMs, scriptBytes: performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js')).reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
    }))`);
  } finally {
    await context.close();
  }
}
