import { expect, test } from '@playwright/test';

test('every product has a price', async ({ page }) => {
  await page.goto('/');
  const products = page.getByRole('listitem');
  await expect(products).toHaveCount(3);
  for (const product of await products.all()) await expect(product).toContainText(/\d+\.\d\d €/);
});

test('what is sold out cannot be bought', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('listitem').filter({ hasText: 'Paper filters' }).getByRole('button')).toBeDisabled();
});
