import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reduceMessage } from './reduceMessage.ts';

const reduced = (message: string): string => reduceMessage(message).replace(/\s+/g, ' ').trim();
const NEW = (expected: string, received: string, locator = "locator('h1')") => `Error: expect(locator).toHaveText(expected) failed

Locator:  ${locator}
Expected: ${expected}
Received: ${received}
Timeout:  1161ms

Call log:
  - Expect "toHaveText" with timeout 1161ms
  - waiting for ${locator}
    3 × locator resolved to <h1>Hello</h1>
      - unexpected value "Hello"
`;
const OLD = (expected: string, received: string, locator = "locator('h1')") => `Error: \u001b[31mTimed out 5000ms waiting for \u001b[39mexpect(locator).toHaveText(expected)

Locator: ${locator}
Expected string: ${expected}
Received string: ${received}
Call log:
  - expect.toHaveText with timeout 5000ms
  - waiting for ${locator}
`;

test('an assertion of an element: matcher, locator and what was expected, in every version; not what was received, how long, how often', () => {
  const same = [NEW('"Welcome"', '"Hello anna"'), NEW('"Welcome"', '"Hello\nbob"'), OLD('"Welcome"', '"Hello dana, 7"')].map(reduced);
  assert.deepEqual(new Set(same), new Set([`expect.toHaveText(expected) locator locator('h1') expected "Welcome"`]));
  const others = [NEW('"Goodbye"', '"Hello"'), NEW('"Welcome"', '"Hello"', "locator('#buy')"), NEW('"Welcome"', '"Hello"').replaceAll('toHaveText', 'toContainText'), OLD('"Welcome"', '<element(s) not found>')].map(reduced);
  assert.equal(new Set([...others, ...same]).size, 5);
  assert.equal(reduced(OLD('"Welcome"', '<element(s) not found>')), reduced(NEW('"Welcome"', '').replace(/Received: .*\n/, '').replace('Timeout:  1161ms', 'Timeout: 1161ms\nError: element(s) not found')));
});

const click = (what: string, log: string) => `TimeoutError: ${what}: Timeout 1161ms exceeded.\nCall log:\n${log}\n\n  73 | test("a", async () => {\n> 75 | await page.click();\n     |            ^\n    at /tmp/run-x/a.spec.ts:75:32`;

test('an action: which one, on which locator, and what stood in the way in the end', () => {
  assert.equal(reduced(click('locator.click', "  - waiting for locator('#basket')\n")), "locator.click: Timeout exceeded waiting for locator('#basket')");
  const covered = (id: string, times: number) => click('locator.click', `  - waiting for locator('#covered')\n    - locator resolved to <button id="covered">Covered</button>\n    ${times} × waiting for element to be visible, enabled and stable\n      - <div id="veil" data-run="${id}"></div> intercepts pointer events\n    - retrying click action\n    - waiting 100ms`);
  assert.equal(reduced(covered('34af1d3d', 2)), "locator.click: Timeout exceeded waiting for locator('#covered') intercepts pointer events");
  assert.equal(reduced(covered('99', 7)), reduced(covered('34af1d3d', 2)));
  const different = [click('locator.click', "  - waiting for locator('#a')"), click('locator.fill', "  - waiting for locator('#a')"), click('locator.click', "  - waiting for locator('#a')\n      - element is not visible"), click('locator.click', "  - waiting for locator('#a')\n      - element is not enabled")];
  assert.equal(new Set(different.map(reduced)).size, 4);
  const strict = (count: number) => `Error: locator.click: Error: strict mode violation: locator('.row') resolved to ${count} elements:\n${Array.from({ length: count }, (_, n) => `    ${n + 1}) <li>Item ${n}</li> aka getByText('Item ${n}')`).join('\n')}\n\nCall log:\n  - waiting for locator('.row')`;
  assert.equal(reduced(strict(2)), "locator.click: strict mode violation: locator('.row') resolved to <n> elements:");
  assert.equal(reduced(strict(2)), reduced(strict(14)));
});

test('navigation and requests: the address without port, query and ids; the status of an answer', () => {
  const goto = (port: number, path: string) => `Error: page.goto: net::ERR_CONNECTION_REFUSED at http://localhost:${port}${path}\nCall log:\n  - navigating to "http://localhost:${port}${path}", waiting until "load"`;
  assert.equal(reduced(goto(33151, '/cart?order=7')), 'page.goto: net::ERR_CONNECTION_REFUSED at http://<ip>/cart');
  assert.equal(reduced(goto(1, '/cart')), reduced(goto(2, '/cart?x')));
  assert.notEqual(reduced(goto(1, '/cart')), reduced(goto(1, '/checkout')));
  assert.equal(reduced('TimeoutError: page.goto: Timeout 500ms exceeded.\nCall log:\n  - navigating to "http://127.0.0.1:41/slow", waiting until "load"'), 'page.goto: Timeout exceeded navigating to http://<ip>/slow');
  const ok = (status: string) => `Error: expect(response).toBeOK() failed\n\n\nCall log:\n→ GET http://localhost:1/api/orders/7\n  accept: */*\n← ${status}\n  date: x\n\nResponse text:\n{"id":7}`;
  assert.equal(reduced(ok('404 Not Found')), 'expect.toBeOK() GET http://<ip>/api/orders/<n> answered 404');
  assert.notEqual(reduced(ok('404 Not Found')), reduced(ok('500 Internal Server Error')));
});

test('a difference of values: what was expected and is missing; only then what there was too much', () => {
  const equal = (lines: string) => `Error: expect(received).toEqual(expected) // deep equality\n\n- Expected  - 1\n+ Received  + 1\n\n  Object {\n    "id": 7,\n${lines}\n  }\n\n    at /tmp/x.spec.ts:1:2`;
  assert.equal(reduced(equal('-   "state": "open",\n+   "state": "paid by 1",')), 'expect.toEqual(expected) - "state": "open",');
  assert.equal(reduced(equal('+   "more": 77,')), 'expect.toEqual(expected) + "more"');
  assert.notEqual(reduced(equal('-   "state": "open",')), reduced(equal('-   "state": "shipped",')));
});

test('thrown errors: the message and the kind, without code, stack and places', () => {
  const thrown = "TypeError: Cannot read properties of undefined (reading 'items')\n\n  1 | a\n> 2 | b\n    | ^\n    at /tmp/run-1/a.spec.ts:2:7\n    at async x (node:internal)";
  assert.equal(reduced(thrown), "TypeError: Cannot read properties of undefined (reading 'items')");
  assert.equal(reduced('Error: the greeting is shown\n\nexpect(received).toBe(expected) // Object.is equality\n\nExpected: 7\nReceived: 12'), 'the greeting is shown expect.toBe(expected) expected 7');
  assert.equal(reduced("Error: A snapshot doesn't exist at /tmp/a/b.spec.ts-snapshots/word-linux.txt, writing actual."), "A snapshot doesn't exist at <path>/word-linux.txt");
  assert.equal(reduced("Error: Cannot find module './pages/login'\nRequire stack:\n- /tmp/a/odd.spec.ts\n- /tmp/project/x.js"), "Cannot find module './pages/login'");
});
