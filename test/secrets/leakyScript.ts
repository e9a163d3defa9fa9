/** Tests that put the secrets of their environment wherever Playwright writes something down. */

/** Secrets are in variables whose names begin so; what is a number is handed over as one, too. */
export const PREFIX = 'CANARY_';

const HEAD = (library: string) => `
import { test, expect } from '${library}';
import { gzipSync } from 'node:zlib';
const secrets = Object.entries(process.env).filter(([key]) => key.startsWith('${PREFIX}')).map(([, value]) => value);
const numbers = secrets.filter((secret) => /^[1-9]\\d+$/.test(secret)).map(Number);
const all = secrets.join('|');
`;

/** One test passes, one fails. @param site without a slash at its end. */
export const leakyBrowserScript = (site: string, library = '@playwright/test'): string => `${HEAD(library)}
test.use({ extraHTTPHeaders: { 'x-extra': encodeURIComponent(all) }, httpCredentials: { username: 'ada', password: secrets[0] } });
test('passes with ' + secrets[0], { annotation: { type: 'note', description: all } }, async ({ page, context }, info) => {
  console.log('to standard output', all, { numbers });
  console.error(JSON.stringify({ secrets, numbers }));
  page.on('dialog', (dialog) => dialog.accept(dialog.message()));
  await context.addCookies([{ name: 'sid', value: encodeURIComponent(all), url: '${site}' }]);
  await page.goto('${site}/page?q=' + encodeURIComponent(JSON.stringify({ secrets, numbers })));
  for (const secret of secrets) {
    await page.fill('#field', secret);
    await page.fill('#password', secret);
    await page.fill('#area', secret);
    await page.evaluate(({ secret, numbers }) => { prompt(secret, secret); return { secret, numbers }; }, { secret, numbers });
  }
  await page.evaluate(() => window.done);
  await page.request.post('${site}/json', { data: { secrets, numbers }, headers: { authorization: 'Bearer ' + encodeURIComponent(all) }, params: { q: all } });
  await test.step('a step with ' + all, async () => { await info.attach('attached ' + all, { body: JSON.stringify({ secrets, numbers }), contentType: 'application/json' }); });
  await info.attach('packed', { body: gzipSync(all), contentType: 'application/gzip' });
  await info.attach('picture', { body: await page.screenshot(), contentType: 'image/png' });
});
test('fails', async ({ page }) => {
  await page.goto('${site}/page?q=' + encodeURIComponent(JSON.stringify({ secrets, numbers })));
  await expect.soft(page.locator('h1')).toHaveText(all, { timeout: 1 });
  expect.soft({ secrets, numbers }).toEqual({ secrets: [], numbers: [] });
  expect(numbers[0]).toBe(1);
});
`;

/** Requests only; the second test fails. */
export const leakyRequestScript = (site: string, library = '@playwright/test'): string => `${HEAD(library)}
test('requests', async ({ request }, info) => {
  console.log(all, { numbers });
  const answer = await request.post('${site}/json', { data: { secrets, numbers }, headers: { 'x-secret': encodeURIComponent(all) }, params: { q: all } });
  await request.get('${site}/gzipped?q=' + encodeURIComponent(all));
  await info.attach('answer', { body: await answer.body(), contentType: 'application/json' });
});
test('throws', async () => { throw new Error('thrown: ' + all); });
`;
