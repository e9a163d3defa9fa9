import { expect, test } from '@playwright/test';

test('waits for its page', async ({ page }) => {
  const target = process.env['TARGET_URL'] ?? '';
  console.log('The page is asked for.');
  await page.goto(`${target}/page`);
  await expect(page).toHaveTitle('The shop');
  await page.goto(`${target}/held?run=${process.env['TARGET_RUN'] ?? ''}`);
});
