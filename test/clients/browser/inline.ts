/** Scripts that stand in their checks. They are wrong, so they are texts here. */
export const INLINE = {
  syntaxError: "import { test } from '@playwright/test';\n\ntest('is closed', async ({ page }) => {\n  await page.goto('about:blank');\n",
  missingPackage: "import { test } from '@playwright/test';\nimport pad from 'no-such-package-anywhere';\n\ntest('pads', () => { pad('x'); });\n",
};
