import { ApiCheck, AssertionBuilder } from 'checkly/constructs';
import { shopUrl } from './shop.js';

new ApiCheck('health', {
  name: 'Health',
  request: {
    method: 'GET',
    url: `${shopUrl}/health`,
    assertions: [
      AssertionBuilder.statusCode().equals(200),
      AssertionBuilder.jsonBody('$.status').equals('ok'),
    ],
  },
});

new ApiCheck('products', {
  name: 'Products have prices',
  request: {
    method: 'GET',
    url: `${shopUrl}/products`,
    assertions: [
      AssertionBuilder.headers('content-type').contains('application/json'),
      AssertionBuilder.jsonBody('$.length').greaterThan(0),
      // Several nodes: every one of them has to fulfil the comparison.
      AssertionBuilder.jsonBody('$[*].price').greaterThan(0),
    ],
  },
});

new ApiCheck('order', {
  name: 'An order is accepted',
  request: {
    method: 'POST',
    url: `${shopUrl}/orders`,
    headers: [{ key: 'content-type', value: 'application/json' }],
    body: JSON.stringify({ product: 1, quantity: 2 }),
    bodyType: 'JSON',
    assertions: [
      AssertionBuilder.statusCode().equals(201),
      AssertionBuilder.jsonBody('$.status').equals('accepted'),
      AssertionBuilder.jsonBody('$.order.quantity').equals(2),
    ],
  },
});

// Answers after about 700 ms: good enough to pass, too slow not to be mentioned.
new ApiCheck('recommendations', {
  name: 'Recommendations (slow)',
  degradedResponseTime: 300,
  maxResponseTime: 5000,
  request: {
    method: 'GET',
    url: `${shopUrl}/slow`,
    assertions: [AssertionBuilder.statusCode().equals(200)],
  },
});

// Fails: the shop's cart answers 500.
new ApiCheck('cart', {
  name: 'Cart (broken)',
  request: {
    method: 'GET',
    url: `${shopUrl}/cart`,
    assertions: [AssertionBuilder.statusCode().equals(200)],
  },
});

// Fails: 2 x 12.50 + 3 x 4.90 is 39.70, but the shop says something else.
new ApiCheck('checkout', {
  name: 'Checkout total (wrong)',
  request: {
    method: 'GET',
    url: `${shopUrl}/checkout`,
    assertions: [
      AssertionBuilder.statusCode().equals(200),
      AssertionBuilder.jsonBody('$.currency').equals('EUR'),
      AssertionBuilder.jsonBody('$.total').equals(39.7),
    ],
  },
});
