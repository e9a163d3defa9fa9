import { expect, test } from '@playwright/test';

test('looks as it did', async ({ page }) => {
  const word = process.env['TARGET_WORD'] ?? 'none';
  await page.setContent(`<h1 style="font: 40px monospace">${word}</h1>`);
  expect(await page.locator('h1').innerText()).toMatchSnapshot('word.txt');
  await expect(page).toHaveScreenshot('word.png');
});
