import { markCheckAsDegraded } from '@checkly/playwright-helpers';
import { expect, test } from '@playwright/test';

test('is nearly right', () => {
  expect.soft(2, 'two is three').toBe(3);
  markCheckAsDegraded();
});
