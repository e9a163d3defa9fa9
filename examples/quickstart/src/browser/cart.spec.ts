import { expect, test } from '@playwright/test';

test('a product goes into the cart', async ({ page }) => {
  await page.goto(process.env.SHOP_URL!);
  const grinder = page.getByRole('listitem').filter({ hasText: 'Coffee grinder' });
  await grinder.getByRole('button', { name: 'Add to cart' }).click();
  await expect(page.getByText('Cart: 1')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Sold out' })).toBeDisabled();
  await page.screenshot({ path: 'cart.png' });
});
