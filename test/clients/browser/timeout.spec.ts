import { test } from '@playwright/test';
import { openShop } from './pages/shop';

test('waits for ever', async ({ page }) => {
  test.setTimeout(1_500);
  await openShop(page);
  await page.locator('#never').click();
});
