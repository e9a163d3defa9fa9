import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanSaid, cleanWritten } from './cleanText.ts';
import { cleanUrl } from './cleanUrl.ts';

const alike = (clean: (text: string) => string, cases: readonly (readonly [cleaned: string, ...texts: string[]])[]) => {
  for (const [cleaned, ...texts] of cases) for (const text of texts) assert.equal(clean(text), cleaned, text);
};

test('what programs say loses ids, numbers, dates, durations, addresses, ports, mail and folders', () => {
  alike(cleanSaid, [
    ['run <id> failed', 'run 0f8fad5b-d9cb-469f-a165-70867728950e failed', 'run 772321b24db7 failed', 'run DEADBEEF01 failed', 'run 0x7ffd3a2b00 failed', 'run 01HV3Z8K4Q9N7M2X5B6C1D8E0F failed'],
    ['order <n> of <n>', 'order 7 of 12', 'order 48213 of 1,204', 'order 3.5 of 10'],
    ['since <date>.', 'since 2024-05-01.', 'since 2024-05-01T10:20:30.123Z.', 'since 2024-05-01 10:20.', 'since Wed, 01 May 2024 10:00:00 GMT.', 'since Wed May 01 2024 10:00:00 GMT+0000 (Coordinated Universal Time).',
      'since 1 May 2024.', 'since May 1, 2024, 10:20 AM.', 'since 5/1/2024.', 'since 01.05.2024, 10:20:30.', 'since 10:20:30.'],
    ['took <duration>', 'took 5ms', 'took 1200 ms', 'took 3.5 s', 'took 2 minutes', 'took 1 hour'],
    ['connect ECONNREFUSED <ip>', 'connect ECONNREFUSED 127.0.0.1:3000', 'connect ECONNREFUSED 10.1.2.3:8080', 'connect ECONNREFUSED ::1:3000', 'connect ECONNREFUSED [2001:db8::7]:443', 'connect ECONNREFUSED fe80::1'],
    ['no token for <email>', 'no token for anna.7@mail.example', 'no token for bob+x@a.b.example'],
    ['open <path>/a.csv', 'open /tmp/run-1a2b3c4d/a.csv', 'open /var/folders/zz/T/a.csv', 'open /home/me/shop/a.csv', 'open C:\\Users\\me\\a.csv', 'open file:///tmp/x/a.csv'],
    ['at shop.spec.ts', 'at shop.spec.ts:12:34', 'at shop.spec.ts:7:1'], ['(<place>)', '(3:3)', '(13:30)'],
    ['found <n> items', 'found \u001b[31m3\u001b[39m items', 'found 14 items'], ['<n>% are off', '7% are off', '99% are off'], ['used <n> MB', 'used 7 MB', 'used 1200 MB'],
    ['getaddrinfo ENOTFOUND pr-<n>.preview.example', 'getaddrinfo ENOTFOUND pr-123.preview.example', 'getaddrinfo ENOTFOUND pr-7.preview.example'],
    ['<id>:error:<id>:SSL routines:ssl3_get_record:wrong version number:../ssl/record/ssl3_record.c:', '80FB1A2C7F000000:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../ssl/record/ssl3_record.c:354:'],
  ]);
});

test('what tells faults apart stays: statuses, exit codes, names of hosts, names with digits', () => {
  const kept = [
    'failed with status 404', 'failed with status code 503', 'answered 403 Forbidden', 'Response code: 500', '404 Not Found', 'exit code 1', 'getaddrinfo ENOTFOUND shop.example', 'getaddrinfo ENOTFOUND s3.shop.example',
    "Cannot read properties of undefined (reading 'price')", 'connect ECONNREFUSED', 'TLSv1.3 and x509', 'an IPv4 address', "It doesn't exist, they're gone", 'Parse Error: Expected HTTP/, RTSP/ or ICE/', '10.0.0.0/8 is on the deny list',
    "Unexpected token ';'", 'alert number 70',
  ];
  for (const text of kept) assert.equal(cleanSaid(text), text);
  for (const [one, other] of [['status 404', 'status 500'], ['ENOTFOUND shop.example', 'ENOTFOUND pay.example'], ['exit code 1', 'exit code 9'], ['10.0.0.0/8 is denied', '10.20.0.0/16 is denied'], ['reset', 'refused']]) {
    assert.notEqual(cleanSaid(one ?? ''), cleanSaid(other ?? ''));
  }
});

test('what people wrote keeps short numbers and loses ids', () => {
  const kept = ["getByText('Step 2 of 3')", "locator('.row').nth(70)", 'rgb(1, 2, 3)', '> 9000', '19.99', '192.0.2.77', '/^token=/', "locator('li:nth-child(2)')"];
  for (const text of kept) assert.equal(cleanWritten(text), text);
  alike(cleanWritten, [
    ["getByTestId('user-<id>')", "getByTestId('user-0f8fad5b-d9cb-469f-a165-70867728950e')"], ['[data-order="<n>"]', '[data-order="1106582"]', '[data-order="48213"]'], ['order<n>', 'order48213', 'order9948213'],
    ['"http://<ip>/thanks"', '"http://127.0.0.1:3000/thanks"', '"http://localhost:41234/thanks?x=1"'],
  ]);
  assert.equal(cleanSaid("User 'Step 2' is gone"), "User 'Step 2' is gone");
  assert.equal(cleanSaid(`It said "${'x '.repeat(40)}"`), 'It said "<text>"');
});

test('addresses: port, query, ids in the path and generated names go; host, path and version stay', () => {
  alike(cleanUrl, [
    ['http://<ip>/cart', 'http://127.0.0.1:3000/cart', 'http://localhost/cart?run=7', 'http://[::1]:8080/cart', 'http://user:pass@10.0.0.7/cart#top'],
    ['https://shop.example/orders/<n>/lines', 'https://shop.example:8443/orders/7/lines', 'https://SHOP.example/orders/48213/lines?a=1'],
    ['https://pr-<n>.preview.example/', 'https://pr-123.preview.example/', 'https://pr-9.preview.example/?x'], ['https://shop.example/api/v1/<id>', 'https://shop.example/api/v1/0f8fad5b-d9cb-469f-a165-70867728950e'],
    ['https://shop.example/#/cart', 'https://shop.example/#/cart?x=1'],
  ]);
  assert.notEqual(cleanUrl('https://shop.example/cart'), cleanUrl('https://shop.example/checkout'));
  assert.equal(cleanSaid('at http://shop.example:3000/cart.'), 'at http://shop.example/cart.');
});

test('a parser shows the text that it was given: that is no part of the fault, the kind of it is', () => {
  alike(cleanSaid, [
    ['SyntaxError: Unexpected token in JSON', `SyntaxError: Unexpected token 'f', "fatima is no JSON" is not valid JSON`, `SyntaxError: Unexpected token 'b', ..."": bob}" is not valid JSON`],
    ['SyntaxError: Unexpected token < in JSON', `SyntaxError: Unexpected token '<', "<p>34af1d3"... is not valid JSON`, 'SyntaxError: Unexpected token < in JSON at position 0'],
    ['The document is not valid JSON: Unexpected token', "The document is not valid JSON: Unexpected token 'd'", "The document is not valid JSON: Unexpected token 'a'"],
  ]);
});
