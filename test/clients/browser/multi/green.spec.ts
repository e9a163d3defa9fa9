import { expect, test } from '@playwright/test';

test('asks twice', async ({ request }) => {
  const target = process.env['TARGET_URL'] ?? '';
  await test.step('the shop answers', async () => {
    await expect(await request.get(`${target}/ok`)).toBeOK();
  });
  await test.step('and tells what it heard', async () => {
    const answer = await request.post(`${target}/echo`, { headers: { 'x-multistep': 'yes' } });
    expect(await answer.json()).toMatchObject({ headers: { 'x-multistep': 'yes' } });
  });
});
