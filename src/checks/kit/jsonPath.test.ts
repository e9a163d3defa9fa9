import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selectNodes } from './jsonPath.ts';
import { followSteps, plainSteps } from './plainPath.ts';

const STORE = {
  store: {
    book: [
      { category: 'reference', author: 'Nigel Rees', title: 'Sayings of the Century', price: 8.95 },
      { category: 'fiction', author: 'Evelyn Waugh', title: 'Sword of Honour', price: 12.99 },
      { category: 'fiction', author: 'Herman Melville', title: 'Moby Dick', isbn: '0-553-21311-3', price: 8.99 },
      { category: 'fiction', author: 'J. R. R. Tolkien', title: 'The Lord of the Rings', isbn: '0-395-19395-8', price: 22.99 },
    ],
    bicycle: { color: 'red', price: 19.95 },
  },
};
const authors = STORE.store.book.map(({ author }) => author);
const [first, second, third, fourth] = STORE.store.book as [object, object, object, object];

test('the store examples', () => {
  const expected: Record<string, unknown[]> = {
    '$': [STORE],
    '$.store.book[*].author': authors,
    '$..author': authors,
    '$.store.*': [STORE.store.book, STORE.store.bicycle],
    '$.store..price': [8.95, 12.99, 8.99, 22.99, 19.95],
    '$..book[2]': [third],
    '$..book[(@.length-1)]': [fourth],
    '$..book[( @.length - 2 )]': [third],
    '$..book[-1:]': [fourth],
    '$..book[0,1]': [first, second],
    '$..book[:2]': [first, second],
    '$..book[?(@.isbn)]': [third, fourth],
    '$..book[?(@.price<10)]': [first, third],
    '$..book[?(@.price<10 && @.category=="fiction")]': [third],
    '$..book[?(@.price<10 && @.category===\'fiction\')].title': ['Moby Dick'],
    '$..book[?@.price > 20 || @.author == "Nigel Rees"].price': [8.95, 22.99],
    '$.store.book[?(@.title.length > 20)].price': [8.95, 22.99],
    '$.store.book[?search(@.title, "[Ss]word")].price': [12.99],
    '$.store.book.length': [4],
    '$..book.length': [4],
    '$.store.bicycle.color.length': [3],
    '$.store.book.[1].price': [12.99],
    '$.store.["bicycle"].color': ['red'],
    "$.store['book'][-1]['price']": [22.99],
    '$..book[9]': [],
    '$.nothing.at.all': [],
    '$.store.bicycle[0]': [],
  };
  for (const [path, nodes] of Object.entries(expected)) {
    assert.deepEqual(selectNodes(path, STORE), nodes, path);
    const steps = plainSteps(path);
    if (steps) assert.deepEqual(followSteps(steps, STORE), nodes, `${path}, inline`);
  }
  assert.equal(selectNodes('$..*', STORE).length, 27);
});

test('only plain paths are plain', () => {
  assert.deepEqual(plainSteps('$.a["b c"][\'d\'].[0][-2].é'), ['a', 'b c', 'd', 0, -2, 'é']);
  for (const path of ['', 'a', '$a', '$.', '$.a.', '$..a', '$.*', '$[*]', '$[0,1]', '$[01]', '$[1:2]', '$[?(@.a)]', "$['a\\'b']", '$.a b', '$.1a']) {
    assert.equal(plainSteps(path), null, path);
  }
});

test('strings keep their dots, brackets and signs', () => {
  assert.deepEqual(selectNodes('$["a.[0]"]', { 'a.[0]': 1 }), [1]);
  assert.deepEqual(selectNodes('$["[(@.length-1)]"]', { '[(@.length-1)]': 2 }), [2]);
  assert.deepEqual(selectNodes('$[?(@.v=="===")].n', [{ v: '===', n: 3 }, { v: '==', n: 4 }]), [3]);
});

test('a member called length wins, an inherited one never shows', () => {
  assert.deepEqual(selectNodes('$.a["length"]', { a: { length: 'own' } }), ['own']);
  const own = JSON.parse('{"__proto__":{"x":1},"constructor":2}') as unknown;
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']) {
    for (const path of [`$.${name}`, `$['${name}']`, `$..${name}`, `$.list.${name}`, `$.list[0].${name}`, `$[?(@.${name})]`, `$..[?(@['${name}'])]`]) {
      assert.deepEqual(selectNodes(path, { list: ['text'], n: 1 }), [], path);
      const steps = plainSteps(path);
      if (steps) assert.deepEqual(followSteps(steps, { list: ['text'], n: 1 }), [], `${path}, inline`);
    }
  }
  assert.deepEqual(selectNodes('$.__proto__.x', own), [1]);
  assert.deepEqual(followSteps(plainSteps('$.__proto__.x')!, own), [1]);
  assert.deepEqual(followSteps(plainSteps('$.constructor')!, own), [2]);
});

test('code is a syntax error', () => {
  for (const path of ['$[(process.exit(1))]', '$[?(constructor.constructor("return 1")())]', '$[?(@.a = 1)]', '$[(@.constructor)]', '$.a[', '$.a..', '$[?(@.a =~ /x/)]']) {
    assert.throws(() => selectNodes(path, STORE), Error, path);
  }
});

test('depth and breadth do not reach the stack', () => {
  const deep: unknown = JSON.parse(`${'{"a":'.repeat(10_000)}{"leaf":7}${'}'.repeat(10_000)}`);
  assert.deepEqual(selectNodes('$..leaf', deep), [7]);
  assert.deepEqual(selectNodes('$..[?(@.leaf)].leaf', deep), [7]);
  assert.deepEqual(selectNodes('$[?(@..leaf)].a.a.b', deep), []);
  assert.deepEqual(followSteps(plainSteps(`$${'.a'.repeat(10_000)}.leaf`)!, deep), [7]);
  assert.equal(selectNodes('$[*]', Array.from({ length: 300_000 }, () => 0)).length, 300_000);
});
