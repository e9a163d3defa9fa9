import { BrowserCheck, MultiStepCheck, PlaywrightCheck } from 'checkly/constructs';
import { shopUrl } from './shop.js';

// The tests find the shop as they would on any other stage: by a variable.
const environmentVariables = [{ key: 'SHOP_URL', value: shopUrl }];

new BrowserCheck('cart-in-browser', {
  name: 'A visitor fills the cart',
  code: { entrypoint: './browser/cart.spec.ts' },
  environmentVariables,
});

// Fails: the button to pay stays disabled, because the cart service answers 500. Trace, video and screenshot show it.
new BrowserCheck('payment-in-browser', {
  name: 'Payment in the browser (broken)',
  code: { entrypoint: './browser/payment.spec.ts' },
  environmentVariables,
});

new MultiStepCheck('order-in-steps', {
  name: 'From the list to an order, step by step',
  code: { entrypoint: './browser/order.spec.ts' },
  environmentVariables,
});

// A whole Playwright project, with the Playwright version of its own lock file (package-lock.json in this folder).
new PlaywrightCheck('suite', {
  name: 'Playwright suite',
  playwrightConfigPath: '../playwright.config.ts',
  environmentVariables,
});
