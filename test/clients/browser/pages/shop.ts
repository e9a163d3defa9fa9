/** What the checks share. */
import { expect, type Page } from '@playwright/test';

export const target = process.env['TARGET_URL'] ?? '';

export async function openShop(page: Page): Promise<void> {
  await page.goto(`${target}/page`);
  await expect(page).toHaveTitle('The shop');
}
