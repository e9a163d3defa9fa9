import { expect, test } from '@playwright/test';
import { openShop } from './openShop';

test('has no tea', async ({ page }) => {
  await openShop(page);
  await expect(page.locator('#cup')).toHaveText('tea', { timeout: 300 });
});

test('counts right', () => {
  expect(1 + 1).toBe(2);
});
