/** Actions that find no element, too many, or one that cannot be used. */
import { onPage, type PlaywrightFault } from './faults.ts';

const action = (group: string, code: string): PlaywrightFault => onPage(group, ({ ms }) => code.replace('TIME', `{ timeout: ${ms} }`));

export const locatorFaults: readonly PlaywrightFault[] = [
  action('click: no #checkout', "await page.locator('#checkout').click(TIME);"),
  action('click: no #basket', "await page.locator('#basket').click(TIME);"),
  action('fill: no #checkout', "await page.locator('#checkout').fill('x', TIME);"),
  action('hover: no #checkout', "await page.locator('#checkout').hover(TIME);"),
  action('click: no button Pay now', "await page.getByRole('button', { name: 'Pay now' }).click(TIME);"),
  action('click: no button Pay later', "await page.getByRole('button', { name: 'Pay later' }).click(TIME);"),
  action('click: no link Pay now', "await page.getByRole('link', { name: 'Pay now' }).click(TIME);"),
  action('click: no text Step 2', "await page.getByText('Step 2 of 3').click(TIME);"),
  action('click: no text Step 3', "await page.getByText('Step 3 of 3').click(TIME);"),
  action('click: no row 70', "await page.locator('.row').nth(70).click(TIME);"),
  action('click: no row 80', "await page.locator('.row').nth(80).click(TIME);"),
  action('click: #disabled is disabled', "await page.locator('#disabled').click(TIME);"),
  action('click: #hidden is hidden', "await page.locator('#hidden').click(TIME);"),
  action('click: #covered is covered', "await page.locator('#covered').click(TIME);"),
  action('click: #moving moves', "await page.locator('#moving').click(TIME);"),
  action('fill: h1 is no input', "await page.locator('h1').fill('x', TIME);"),
  action('check: h1 is no checkbox', "await page.locator('h1').check(TIME);"),
  action('select: no option green', "await page.locator('#colour').selectOption('green', TIME);"),
  action('strict: click .row', "await page.locator('.row').click(TIME);"),
  action('strict: text of .row', "await page.locator('.row').innerText(TIME);"),
  action('strict: click li', "await page.getByRole('listitem').click(TIME);"),
  action('selector cannot be read', "await page.locator('div[').click(TIME);"),
  action('waitForSelector #late', "await page.waitForSelector('#late', TIME);"),
  onPage('waitFor h1 hidden', ({ ms }) => `await page.locator('h1').waitFor({ state: 'hidden', timeout: ${ms} });`),
  onPage('click: no row of the order', ({ ms, order }) => `await page.locator('[data-order="${order + 1_000_000}"]').click({ timeout: ${ms} });`),
  onPage('click: no card of the user', ({ ms, uuid }) => `await page.getByTestId('user-${uuid}').click({ timeout: ${ms} });`),
  onPage('click: no badge of the user', ({ ms, uuid }) => `await page.getByTestId('badge-${uuid}').click({ timeout: ${ms} });`),
  action('click: no frame #pay', "await page.frameLocator('#pay').getByRole('button').click(TIME);"),
  action('click: no button in the frame', "await page.frameLocator('#frame').getByRole('button').click(TIME);"),
  onPage('upload: no such file', ({ folder, ms }) => `await page.locator('#name').setInputFiles('${folder}/report.pdf', { timeout: ${ms} });`),
];
