import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { Value } from 'typebox/value';
import { probeDns } from '../checks/dns/probe.ts';
import { DnsSettings } from '../checks/dns/schema.ts';
import type { ProbeContext } from '../checks/kit/probe.ts';
import { startSampleShop, type SampleShop } from './sampleShop.ts';

let shop: SampleShop;
before(async () => { shop = await startSampleShop(); });
after(() => shop.close());

const ask = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${shop.httpPort}${path}`, init);

test('the pages that work', async () => {
  assert.deepEqual(await (await ask('/health')).json(), { status: 'ok', service: 'sample shop' });
  const products = await (await ask('/products')).json() as { id: number; price: number }[];
  assert.ok(products.length > 1 && products.every(({ price }) => price > 0));
  assert.deepEqual(await (await ask('/products/2')).json(), products[1]);
  assert.equal((await ask('/products/99')).status, 404);
  assert.equal((await ask('/toString')).status, 404);
});

test('pages for browsers, without anything from elsewhere', async () => {
  for (const path of ['/', '/payment']) {
    const answer = await ask(path);
    assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8');
    assert.doesNotMatch(await answer.text(), /https?:/);
  }
});

test('an order is taken and echoed; what is no JSON is refused', async () => {
  const taken = await ask('/orders', { method: 'POST', body: '{"product":1}' });
  assert.equal(taken.status, 201);
  assert.deepEqual((await taken.json() as { order: unknown }).order, { product: 1 });
  assert.equal((await ask('/orders', { method: 'POST', body: 'two cups, please' })).status, 400);
});

test('the faults: a 500, a wrong sum, a slow page', async () => {
  assert.equal((await ask('/cart')).status, 500);
  const { items, total } = await (await ask('/checkout')).json() as { items: { quantity: number; price: number }[]; total: number };
  assert.notEqual(total, items.reduce((sum, { quantity, price }) => sum + quantity * price, 0));
  assert.deepEqual(await (await ask('/slow')).json(), { status: 'ok', note: 'Sorry for the wait.' });
});

test('PING is answered by PONG', async () => {
  const socket = connect(shop.tcpPort, '127.0.0.1').setEncoding('utf8');
  socket.write('PING\r\n');
  assert.deepEqual(await once(socket, 'data'), ['PONG\r\n']);
  socket.end('what?\n');
  assert.deepEqual(await once(socket, 'data'), ['ERR unknown command\r\n']);
  await once(socket, 'close');
});

const context: ProbeContext = {
  signal: new AbortController().signal, now: Date.now, tick: () => performance.now(), env: {}, log: () => {},
  net: { certificates: [], proxyUrl: null, nameServers: [], useOsResolver: false },
};

async function answersTo(query: string, recordType: string, protocol: string): Promise<[code: unknown, ...data: string[]]> {
  const settings = Value.Default(DnsSettings, { name: 'x', logicalId: 'x', request: { query, recordType, protocol, nameServer: '127.0.0.1', port: shop.dnsPort } });
  Value.Assert(DnsSettings, settings);
  const { response } = (await probeDns(settings, context)).detail as { response: { returnCode: string; Answer: { data: string }[] } };
  return [response.returnCode, ...response.Answer.map(({ data }) => data)];
}

for (const protocol of ['UDP', 'TCP']) {
  test(`the zone answers over ${protocol}`, async () => {
    assert.deepEqual(await answersTo('shop.example.test', 'A', protocol), ['NOERROR', '127.0.0.1']);
    assert.deepEqual(await answersTo('www.shop.example.test', 'A', protocol), ['NOERROR', 'shop.example.test.', '127.0.0.1']);
    assert.deepEqual(await answersTo('SHOP.example.test', 'MX', protocol), ['NOERROR', '10 mail.shop.example.test.']);
    assert.deepEqual(await answersTo('shop.example.test', 'TXT', protocol), ['NOERROR', 'v=spf1 mx -all']);
    assert.deepEqual(await answersTo('mail.shop.example.test', 'TXT', protocol), ['NOERROR']);
    assert.deepEqual(await answersTo('nowhere.shop.example.test', 'A', protocol), ['NXDOMAIN']);
    assert.deepEqual(await answersTo('example.org', 'A', protocol), ['REFUSED']);
  });
}

test('closing waits for nobody', async () => {
  const brief = await startSampleShop();
  const lingering = connect(brief.tcpPort, '127.0.0.1');
  await once(lingering, 'connect');
  await Promise.all([brief.close(), once(lingering, 'close')]);
});
