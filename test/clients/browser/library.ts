import assert from 'node:assert';
import { chromium } from 'playwright';

async function run(): Promise<void> {
  const browser = await chromium.launch();
  const page = await browser.newPage();
  await page.goto(`${process.env['TARGET_URL'] ?? ''}/page`);
  assert.equal(await page.title(), 'The shop');
  console.log('A plain script has seen the shop.');
  await browser.close();
}

run();
