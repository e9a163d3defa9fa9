import { expect, test } from '@playwright/test';
import { openShop } from './pages/shop';

test.describe('The shop', () => {
  test('opens', async ({ page }) => {
    await openShop(page);
    console.log('The shop is open.');
    await test.step('pours a coffee', async () => {
      await page.getByRole('button', { name: 'Pour' }).click();
      await expect(page.locator('#cup')).toHaveText('full');
    });
  });

  test('is told where it runs', () => {
    expect(process.env['TARGET_URL']).toMatch(/^http:/);
  });

  test.skip('is not run', () => {});
});
