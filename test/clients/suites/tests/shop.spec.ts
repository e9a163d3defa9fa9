import { expect, test } from '@playwright/test';
import { openShop } from './openShop';

test.describe('The shop', () => {
  test('opens', async ({ page }) => {
    await openShop(page);
    console.log('The suite has seen the shop.');
  });

  test('is right at the second try', async ({ page }, { retry }) => {
    await openShop(page);
    expect(retry, 'the first try is no good').toBe(1);
  });

  test.skip('is not run', () => {});
});
