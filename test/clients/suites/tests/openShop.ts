import { expect, type Page } from '@playwright/test';

export async function openShop(page: Page): Promise<void> {
  await page.goto('/page');
  await expect(page).toHaveTitle('The shop');
}
