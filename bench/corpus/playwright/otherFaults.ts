/** Navigation, requests, thrown errors, hooks and time limits. */
import { onPage, plain, type PlaywrightFault } from './faults.ts';

const navigation: readonly PlaywrightFault[] = [
  plain('goto /cart: refused', ({ gone, order }) => `await page.goto('${gone}/cart?order=${order}');`),
  plain('goto /checkout: refused', ({ gone, order }) => `await page.goto('${gone}/checkout?order=${order}');`),
  plain('goto an order: refused', ({ gone, order }) => `await page.goto('${gone}/orders/${order}/lines');`),
  plain('goto: empty answer', ({ base }) => `await page.goto('${base}/empty');`),
  plain('goto: reset', ({ base }) => `await page.goto('${base}/reset');`),
  plain('goto: no host shop', ({ uuid }) => `await page.goto('http://shop.invalid/?run=${uuid}');`),
  plain('goto: no host pay', ({ uuid }) => `await page.goto('http://pay.invalid/?run=${uuid}');`),
  plain('goto /slow: timeout', ({ base, ms, order }) => `await page.goto('${base}/slow?order=${order}', { timeout: ${ms} });`),
  plain('goto: no address', () => "await page.goto('not an address');"),
  plain('goto: redirect loop', ({ base }) => `await page.goto('${base}/loop');`),
  plain('goto: certificate', ({ tls }) => `await page.goto('${tls}/');`),
  plain('goto: download', ({ base }) => `await page.goto('${base}/download');`),
  plain('goto: aborted', ({ base }) => `await page.route('**/*', (route) => route.abort()); await page.goto('${base}/');`),
  onPage('waitForURL done', ({ ms }) => `await page.waitForURL('**/done', { timeout: ${ms} });`),
  onPage('waitForURL paid', ({ ms }) => `await page.waitForURL('**/paid', { timeout: ${ms} });`),
  onPage('waitForResponse', ({ ms }) => `await page.waitForResponse('**/api/never', { timeout: ${ms} });`),
  onPage('waitForEvent popup', ({ ms }) => `await page.waitForEvent('popup', { timeout: ${ms} });`),
  onPage('waitForFunction', ({ ms }) => `await page.waitForFunction(() => (window as any).ready, null, { timeout: ${ms} });`),
  onPage('crash', () => "await page.goto('chrome://crash');"),
  onPage('closed page', () => 'await page.close(); await page.title();'),
  onPage('evaluate: no cart', () => 'await page.evaluate(() => (window as any).cart.total);'),
  onPage('evaluate: no wallet', () => 'await page.evaluate(() => (window as any).wallet.coins);'),
  onPage('evaluate: not defined', () => "await page.evaluate('basket.length');"),
];

const requests: readonly PlaywrightFault[] = [
  plain('get: refused', ({ gone, order }) => `await request.get('${gone}/api/orders/${order}');`),
  plain('post: refused', ({ gone, order }) => `await request.post('${gone}/api/orders/${order}', { data: { a: ${order} } });`),
  plain('get: hung up', ({ base }) => `await request.get('${base}/empty');`),
  plain('get: reset', ({ base }) => `await request.get('${base}/reset');`),
  plain('get: timeout', ({ base, ms }) => `await request.get('${base}/slow', { timeout: ${ms} });`),
  plain('get: no host', ({ uuid }) => `await request.get('http://api.invalid/v1?run=${uuid}');`),
  plain('get: certificate', ({ tls }) => `await request.get('${tls}/');`),
  plain('get: too many redirects', ({ base }) => `await request.get('${base}/loop');`),
  plain('get: fails on status', ({ base }) => `await request.get('${base}/api/status/503', { failOnStatusCode: true });`),
  plain('get: fails on another status', ({ base }) => `await request.get('${base}/api/status/401', { failOnStatusCode: true });`),
  plain('json: html', ({ base }) => `await (await request.get('${base}/html')).json();`),
];

const thrown: readonly PlaywrightFault[] = [
  plain('thrown: order not found', ({ order, email }) => `throw new Error('Order ${order} was not found for ${email}');`),
  plain('thrown: order refused', ({ order, email }) => `throw new Error('Order ${order} was refused for ${email}');`),
  plain('thrown: payment 402', ({ uuid }) => `throw new Error('The payment ${uuid} failed with status 402');`),
  plain('thrown: payment 503', ({ uuid }) => `throw new Error('The payment ${uuid} failed with status 503');`),
  plain('thrown: no prices since', ({ at }) => `throw new Error('There are no prices since ${new Date(at).toISOString()}');`),
  plain('thrown: took too long', ({ ms, count }) => `throw new Error('The search took ${ms / 1000} s for ${count} results');`),
  plain('thrown: cause', ({ hash }) => `throw new Error('The build ${hash} could not be started', { cause: new Error('no disk') });`),
  plain('thrown: setting missing', () => "throw new Error('API_KEY is not set');"),
  plain('thrown: other setting missing', () => "throw new Error('API_URL is not set');"),
  plain('thrown: text', () => "throw 'nothing works';"),
  plain('thrown: own class', ({ order }) => `class StockError extends Error { name = 'StockError' } throw new StockError('only ${order} left');`),
  plain('type: items of undefined', () => 'const shop: any = {}; shop.items.length;'),
  plain('type: lines of undefined', () => 'const shop: any = {}; shop.bill.lines;'),
  plain('type: no function', () => 'const shop: any = {}; shop.open();'),
  plain('reference', () => '(globalThis as any).eval("basket + 1");'),
  plain('assert.ok', () => "assert.ok(false, 'the basket is empty');"),
  plain('assert.equal', ({ order }) => `assert.equal(${order}, 7);`),
  plain('JSON.parse', ({ user }) => `JSON.parse('{"id": ${user}}');`),
  plain('read: no such file', ({ folder }) => `readFileSync('${folder}/prices.csv');`),
  plain('read: no such other file', ({ folder }) => `readFileSync('${folder}/stock.csv');`),
  plain('step', ({ user }) => `await test.step('log in', async () => { throw new Error('The password of ${user} is not accepted'.replace('${user}', 'the user')); });`),
];

const surroundings: readonly PlaywrightFault[] = [
  plain('test timeout', ({ ms }) => `test.setTimeout(${ms}); await new Promise(() => {});`),
  onPage('test timeout in a click', ({ ms }) => `test.setTimeout(${ms + 9_000}); await page.locator('#never-there').click();`),
  onPage('test timeout in a fill', ({ ms }) => `test.setTimeout(${ms + 9_000}); await page.locator('#not-there').fill('x');`),
  plain('beforeEach throws', () => '', { beside: ({ order }) => `test.beforeEach(async () => { throw new Error('The order ${order} could not be made'); });` }),
  plain('beforeEach times out', () => '', { beside: ({ ms }) => `test.beforeEach(async () => { test.setTimeout(${ms}); await new Promise(() => {}); });` }),
  plain('afterEach throws', () => '', { beside: ({ order }) => `test.afterEach(async () => { throw new Error('The order ${order} could not be removed'); });` }),
  plain('beforeAll throws', () => '', { beside: ({ hash }) => `test.beforeAll(async () => { throw new Error('The database of ${hash} is not there'); });` }),
  plain('unexpected pass', () => 'test.fail();'),
];

export const otherFaults: readonly PlaywrightFault[] = [...navigation, ...requests, ...thrown, ...surroundings];

/** Files that do not load, one a run. `text` is the whole file. */
export const fileFaults: readonly { group: string; text(v: { user: string; round: number }): string }[] = [
  { group: 'file: syntax', text: ({ round }) => `${'\n'.repeat(round)}import { test } from '@playwright/test';\ntest('a', async () => { const = 1; });` },
  { group: 'file: other syntax', text: ({ round }) => `${'\n'.repeat(round)}import { test } from '@playwright/test';\ntest('a', async () => { if (true { } });` },
  { group: 'file: no package', text: ({ round }) => `${'\n'.repeat(round)}import { test } from '@playwright/test';\nimport pad from 'right-pad';\ntest('a', async () => { pad(); });` },
  { group: 'file: no other package', text: ({ round }) => `${'\n'.repeat(round)}import { test } from '@playwright/test';\nimport odd from 'is-very-odd';\ntest('a', async () => { odd(); });` },
  { group: 'file: no module', text: ({ round }) => `${'\n'.repeat(round)}import { test } from '@playwright/test';\nimport { x } from './pages/login';\ntest('a', async () => { x(); });` },
  { group: 'file: throws', text: ({ round }) => `${'\n'.repeat(round)}import { test } from '@playwright/test';\nif (!process.env.BASE_URL_OF_NOBODY) throw new Error('BASE_URL is not set');\ntest('a', async () => {});` },
  { group: 'file: reference', text: ({ round }) => `${'\n'.repeat(round)}import { test } from '@playwright/test';\nconsole.log((globalThis as any).eval('settings'));\ntest('a', async () => {});` },
  { group: 'file: no tests', text: ({ user }) => `import { test } from '@playwright/test';\n// ${user}\ntest.describe('none', () => {});` },
  { group: 'file: same title twice', text: ({ round }) => `${'\n'.repeat(round)}import { test } from '@playwright/test';\ntest('pay', async () => {});\ntest('pay', async () => {});` },
];
