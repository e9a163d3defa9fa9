import { expect, test } from '@playwright/test';

test('asks what is broken', async ({ request }) => {
  const answer = await request.get(`${process.env['TARGET_URL'] ?? ''}/broken`);
  expect(answer.status()).toBe(200);
});
