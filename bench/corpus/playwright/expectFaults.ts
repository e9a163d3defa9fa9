/** Assertions of Playwright that do not hold. */
import { onPage, plain, type PlaywrightFault } from './faults.ts';

const expecting = (group: string, code: string): PlaywrightFault => onPage(group, ({ ms }) => code.replace('TIME', `{ timeout: ${ms} }`));

const ofElements: readonly PlaywrightFault[] = [
  expecting('toHaveText h1 Welcome', "await expect(page.locator('h1')).toHaveText('Welcome', TIME);"),
  expecting('toHaveText h1 Goodbye', "await expect(page.locator('h1')).toHaveText('Goodbye', TIME);"),
  expecting('toHaveText h1 by pattern', "await expect(page.locator('h1')).toHaveText(/^Welcome back/, TIME);"),
  expecting('toHaveText #buy Welcome', "await expect(page.locator('#buy')).toHaveText('Welcome', TIME);"),
  expecting('toHaveText no #nope', "await expect(page.locator('#nope')).toHaveText('Welcome', TIME);"),
  expecting('toContainText h1', "await expect(page.locator('h1')).toContainText('Welcome', TIME);"),
  expecting('toHaveText list', "await expect(page.locator('.row')).toHaveText(['one', 'two'], TIME);"),
  expecting('not.toHaveText h1', "await expect(page.locator('h1')).not.toHaveText(/^Hello/, TIME);"),
  expecting('toBeVisible #hidden', "await expect(page.locator('#hidden')).toBeVisible(TIME);"),
  expecting('toBeVisible no #nope', "await expect(page.locator('#nope')).toBeVisible(TIME);"),
  expecting('toBeVisible no #nix', "await expect(page.locator('#nix')).toBeVisible(TIME);"),
  expecting('strict: toBeVisible .row', "await expect(page.locator('.row')).toBeVisible(TIME);"),
  expecting('toBeHidden h1', "await expect(page.locator('h1')).toBeHidden(TIME);"),
  expecting('toBeEnabled #disabled', "await expect(page.locator('#disabled')).toBeEnabled(TIME);"),
  expecting('toBeChecked #agree', "await expect(page.locator('#agree')).toBeChecked(TIME);"),
  expecting('toHaveCount .row 98', "await expect(page.locator('.row')).toHaveCount(98, TIME);"),
  expecting('toHaveCount .row 99', "await expect(page.locator('.row')).toHaveCount(99, TIME);"),
  expecting('toHaveAttribute href', "await expect(page.locator('#buy')).toHaveAttribute('href', '/sold', TIME);"),
  expecting('toHaveAttribute title', "await expect(page.locator('#buy')).toHaveAttribute('title', '/sold', TIME);"),
  expecting('toHaveClass', "await expect(page.locator('#buy')).toHaveClass('primary', TIME);"),
  expecting('toHaveCSS', "await expect(page.locator('#buy')).toHaveCSS('color', 'rgb(1, 2, 3)', TIME);"),
  expecting('toHaveValue', "await expect(page.locator('#name')).toHaveValue('zoe', TIME);"),
  expecting('toHaveTitle', "await expect(page).toHaveTitle('Checkout', TIME);"),
  expecting('toHaveURL pattern', "await expect(page).toHaveURL(/\\/done$/, TIME);"),
  onPage('toHaveURL /thanks', ({ base, ms }) => `await expect(page).toHaveURL('${base}/thanks', { timeout: ${ms} });`),
  onPage('toHaveURL /sorry', ({ base, ms }) => `await expect(page).toHaveURL('${base}/sorry', { timeout: ${ms} });`),
  expecting('aria snapshot', "await expect(page.locator('ul')).toMatchAriaSnapshot('- list \"Basket\"', TIME);"),
  onPage('own message: greeting', ({ ms }) => `await expect(page.locator('h1'), 'the greeting is shown').toHaveText('Hi', { timeout: ${ms} });`),
  onPage('own message: farewell', ({ ms }) => `await expect(page.locator('h1'), 'the farewell is shown').toHaveText('Hi', { timeout: ${ms} });`),
];

/** ms more: a busy machine takes its time for a picture, and a time limit is another fault. */
const PATIENCE = 20_000;
const golden = (name: string) => `const path = test.info().snapshotPath('${name}'); mkdirSync(dirname(path), { recursive: true });`;
const ofPictures: readonly PlaywrightFault[] = [
  onPage('no golden home.png', ({ ms }) => `await expect(page).toHaveScreenshot('home.png', { timeout: ${ms + PATIENCE} });`),
  onPage('no golden cart.png', ({ ms }) => `await expect(page).toHaveScreenshot('cart.png', { timeout: ${ms + PATIENCE} });`),
  onPage('picture title.png differs', ({ ms, count }) => `${golden('title.png')} await page.setContent('<b style="font-size:40px">${'x'.repeat(count)}</b>'); writeFileSync(path, await page.screenshot());
    await page.setContent('<b style="font-size:40px">other</b>'); await expect(page).toHaveScreenshot('title.png', { timeout: ${ms + PATIENCE} });`),
  onPage('picture price.png differs', ({ ms, count }) => `${golden('price.png')} await page.setContent('<b style="font-size:40px">${'x'.repeat(count)}</b>'); writeFileSync(path, await page.screenshot());
    await page.setContent('<b style="font-size:40px">other</b>'); await expect(page).toHaveScreenshot('price.png', { timeout: ${ms + PATIENCE} });`),
  onPage('picture wide.png has another size', ({ ms, count }) => `${golden('wide.png')} writeFileSync(path, await page.screenshot({ clip: { x: 0, y: 0, width: ${100 + count}, height: 80 } }));
    await expect(page).toHaveScreenshot('wide.png', { timeout: ${ms + PATIENCE} });`),
  plain('text words.txt differs', ({ user }) => `${golden('words.txt')} writeFileSync(path, 'the golden words'); expect('words of ${user}').toMatchSnapshot('words.txt');`),
  plain('no golden poem.txt', ({ user }) => `expect('poem of ${user}').toMatchSnapshot('poem.txt');`),
];

const ofValues: readonly PlaywrightFault[] = [
  plain('toBe 200', ({ base, round }) => `expect((await request.get('${base}/api/status/${[404, 500, 503][round % 3]}')).status()).toBe(200);`),
  plain('toBe 201', ({ base, round }) => `expect((await request.get('${base}/api/status/${[404, 500, 503][round % 3]}')).status()).toBe(201);`),
  plain('toBe paid', ({ user }) => `expect('owed by ${user}').toBe('paid');`),
  plain('toEqual state open', ({ order }) => `expect({ id: ${order}, state: 'paid by ${order}' }).toEqual({ id: ${order}, state: 'open' });`),
  plain('toEqual state shipped', ({ order }) => `expect({ id: ${order}, state: 'paid by ${order}' }).toEqual({ id: ${order}, state: 'shipped' });`),
  plain('toEqual status open', ({ order }) => `expect({ id: ${order}, status: 'paid by ${order}' }).toEqual({ id: ${order}, status: 'open' });`),
  plain('toContain list', ({ hash }) => `expect(['a', '${hash}']).toContain('b');`),
  plain('toContain text', ({ uuid }) => `expect('session ${uuid}').toContain('granted');`),
  plain('toBeTruthy', () => 'expect(0).toBeTruthy();'),
  plain('toBeGreaterThan', ({ count }) => `expect(${count}).toBeGreaterThan(9000);`),
  plain('toBeLessThan', ({ order }) => `expect(${order}).toBeLessThan(300);`),
  plain('toMatch', ({ uuid }) => `expect('session ${uuid}').toMatch(/^token=/);`),
  plain('toHaveLength', ({ count }) => `expect(Array.from({ length: ${count} }, (_, n) => n)).toHaveLength(1);`),
  plain('toHaveProperty', ({ order }) => `expect({ id: ${order} }).toHaveProperty('total');`),
  plain('toThrow', () => 'expect(() => {}).toThrow();'),
  plain('toBeNull', ({ uuid }) => `expect('${uuid}').toBeNull();`),
  plain('toBeUndefined', ({ order }) => `expect(${order}).toBeUndefined();`),
  plain('toBeOK of a 404', ({ base }) => `await expect(await request.get('${base}/api/status/404')).toBeOK();`),
  plain('toBeOK of a 500', ({ base }) => `await expect(await request.get('${base}/api/status/500')).toBeOK();`),
  plain('poll', ({ ms, count }) => `await expect.poll(() => ${count}, { timeout: ${ms} }).toBe(1);`),
  plain('toPass', ({ ms, user }) => `await expect(() => { expect('state of ${user}').toBe('ready'); }).toPass({ timeout: ${ms} });`),
  plain('soft: two', ({ count, order }) => `expect.soft(${count + 100}, 'stock').toBe(7); expect.soft(${order}, 'price').toBe(9);`, { groups: ['soft: stock', 'soft: price'] }),
];

export const expectFaults: readonly PlaywrightFault[] = [...ofElements, ...ofPictures, ...ofValues];
