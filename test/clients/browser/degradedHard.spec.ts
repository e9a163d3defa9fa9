import { markCheckAsDegraded } from '@checkly/playwright-helpers';
import { expect, test } from '@playwright/test';

test('is wrong', () => {
  markCheckAsDegraded('It does not matter any more.');
  expect(2).toBe(3);
});
