import { markCheckAsDegraded } from '@checkly/playwright-helpers';
import { test } from '@playwright/test';
import { openShop } from './pages/shop';

test('is slow', async ({ page }) => {
  await openShop(page);
  markCheckAsDegraded('The shop was slow.');
});
