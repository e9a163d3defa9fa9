import { expect, test } from '@playwright/test';

test('an older Playwright opens the shop', async ({ page }) => {
  await page.goto('/page');
  await expect(page).toHaveTitle('The shop');
});

test('and sees what is wrong', async ({ page }) => {
  await page.goto('/page');
  await expect(page.locator('#cup')).toHaveText('tea', { timeout: 300 });
});
