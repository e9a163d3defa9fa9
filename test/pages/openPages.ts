/** The pages in a real Chromium, signed in, and how they are looked at: every view in light and dark, wide and narrow, judged by axe. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from '@playwright/test';
import axe from 'axe-core';
import { webFolder } from '../../src/app/webFolder.ts';
import type { Stage } from '../stage.ts';
import { launchBrowser } from '../testBrowser.ts';

/** Why pages cannot be looked at here; false: they can. */
export const noPages: string | false = existsSync(join(webFolder(), 'index.html')) ? false : 'The pages are not built: npm run build';
/** A folder for screenshots of all that is looked at; they belong to no test. */
const SHOTS = process.env['ASSAY_SHOTS'];
const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } } as const;

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const COLOURS = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };

interface AxeResults { violations: { id: string; help: string; nodes: { html: string; failureSummary?: string }[] }[] }

export interface Pages extends AsyncDisposable {
  browser: Browser;
  page: Page;
  /** What went wrong in the page's own code, and what its content policy refused. Tests that expect none say so at their end. */
  wrong: string[];
  /** Goes to a path below the account's address. */
  open(path: string): Promise<void>;
  /** Nothing for axe (WCAG 2.2 AA), nothing wider than the window; in light and dark, wide and narrow. The page stays as it was found. */
  look(name: string): Promise<void>;
}

/** Throws a sentence where no browser starts here. */
export async function openPages(stage: Stage): Promise<Pages> {
  const browser = await launchBrowser();
  if (typeof browser === 'string') throw new Error(browser);
  const context = await browser.newContext({ viewport: SIZES.desktop, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('console', (message) => { if (message.text().includes('Content Security Policy')) wrong.push(message.text()); });
  const keyId = (await stage.server.accounts.findPrincipal(stage.apiKey))?.keyId ?? assert.fail('The key is known');
  await page.goto(`${stage.server.apiUrl}/sign-in/${await stage.server.accounts.createSignInLink(keyId)}`);
  return {
    browser, page, wrong,
    open: async (path) => { await page.goto(`${stage.server.apiUrl}/accounts/${stage.accountId}${path}`); },
    look: (name) => look(page, name),
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

async function look(page: Page, name: string): Promise<void> {
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const about = `${name}, ${size}, ${colorScheme}`;
      if (SHOTS) {
        mkdirSync(SHOTS, { recursive: true });
        await page.screenshot({ path: join(SHOTS, `${name}-${size}-${colorScheme}.png`), fullPage: true });
      }
      // A narrow page has the colours of the wide one, and a dark one the structure of the light one.
      if (colorScheme === 'light') assert.deepEqual(await judge(page, RULES), [], about);
      else if (size === 'desktop') assert.deepEqual(await judge(page, COLOURS), [], about);
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth'), `${about}: wider than the window`);
    }
  }
  await page.setViewportSize(SIZES.desktop);
  await page.emulateMedia({ colorScheme: 'light' });
}

/** The script is evaluated by the debugger, which no content policy holds back. */
async function judge(page: Page, rules: object): Promise<string[]> {
  if (!await page.evaluate('Boolean(window.axe)')) await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>(`axe.run(document, { runOnly: ${JSON.stringify(rules)} })`);
  return violations.map(({ id, help, nodes }) => `${id}: ${help} ${nodes.slice(0, 3).map(({ html }) => html).join(' ')}`);
}
