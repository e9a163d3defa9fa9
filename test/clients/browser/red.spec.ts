import { expect, test } from '@playwright/test';
import { openShop } from './pages/shop';

test('is green beside a red one', async ({ page }) => openShop(page));

test('finds no tea', async ({ page }) => {
  await openShop(page);
  await expect(page.locator('#cup')).toHaveText('tea', { timeout: 300 });
});

test('counts wrong', () => {
  expect(1 + 1).toBe(3);
});
