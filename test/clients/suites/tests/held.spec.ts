import { test } from '@playwright/test';
import { openShop } from './openShop';

test('is done before the other', async ({ page }) => openShop(page));

test('waits for its page', async ({ page }) => {
  await openShop(page);
  await page.goto(`/held?run=${process.env['TARGET_RUN'] ?? ''}`, { timeout: 0 });
});
