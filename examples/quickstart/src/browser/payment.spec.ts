import { expect, test } from '@playwright/test';

test('a visitor can pay', async ({ page }) => {
  await page.goto(`${process.env.SHOP_URL}/payment`);
  await expect(page.getByRole('button', { name: 'Pay now' })).toBeEnabled({ timeout: 2_000 });
});
