import assert from 'node:assert/strict';
import { test } from 'node:test';
import { locate, parseServer, serversFor } from './nameServers.ts';
import { queryName } from './queryName.ts';

test('a server is read as host, host:port, [v6]:port or a bare address', () => {
  assert.deepEqual(parseServer('ns.test'), { host: 'ns.test', port: 53 });
  assert.deepEqual(parseServer('192.0.2.1:5353'), { host: '192.0.2.1', port: 5353 });
  assert.deepEqual(parseServer('::1'), { host: '::1', port: 53 });
  assert.deepEqual(parseServer('[::1]'), { host: '::1', port: 53 });
  assert.deepEqual(parseServer('[::1]:5353'), { host: '::1', port: 5353 });
});

test('a named server is the only one; the others are asked in their order, each once', () => {
  assert.deepEqual(serversFor({ nameServer: '[::1]', port: 5353 }, ['192.0.2.1']), [{ host: '::1', port: 5353 }]);
  assert.deepEqual(serversFor({}, ['192.0.2.1', '192.0.2.1:53', 'ns.test:5353', '[::1]:53']), [
    { host: '192.0.2.1', port: 53 }, { host: 'ns.test', port: 5353 }, { host: '::1', port: 53 },
  ]);
});

test('a server given by name is located, IPv4 first', async () => {
  const { signal } = new AbortController();
  assert.deepEqual(await locate({ host: 'localhost', port: 5353 }, 1000, signal), { server: { address: '127.0.0.1', port: 5353 } });
  assert.deepEqual(await locate({ host: '::1', port: 53 }, 1000, signal), { server: { address: '::1', port: 53 } });
  assert.equal('code' in await locate({ host: 'ns.test', port: 53 }, 1000, AbortSignal.abort()), true);
});

test('names are brought into wire form or refused with a sentence', () => {
  assert.deepEqual(queryName('shop.test.'), { name: 'shop.test' });
  assert.deepEqual(queryName('_dmarc.Shop.test'), { name: '_dmarc.Shop.test' });
  assert.deepEqual(queryName('bücher.test'), { name: 'xn--bcher-kva.test' });
  assert.deepEqual(queryName('.'), { name: '' });
  const refused: [string, RegExp][] = [
    ['', /request\.query is empty/], ['a b.test', /not a valid name/], ['a..test', /empty label/],
    [`${'a'.repeat(64)}.test`, /more than 63/], [Array(50).fill('abcdef').join('.'), /longer than 253/],
  ];
  for (const [text, expected] of refused) {
    const outcome = queryName(text);
    assert.match('problem' in outcome ? outcome.problem : 'accepted', expected);
  }
});
