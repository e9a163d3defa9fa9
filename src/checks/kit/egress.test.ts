import assert from 'node:assert/strict';
import { test } from 'node:test';
import { egressProblem, readEgressRule } from '../../contract/egress.ts';
import { createEgress, type EgressFacts } from './egress.ts';
import { trueReasons } from './trueReasons.ts';

const OPEN = { allow: [] as string[], deny: [] as string[], loopback: true, of: 'location' as const };
const make = (policy: object = {}, facts: Partial<EgressFacts> = {}) => createEgress({ policies: [{ ...OPEN, ...policy }], own: [], local: [], ...facts });
const at = (egress: ReturnType<typeof make>, address: string, port = 80, host = address) => egress.atAddress(host, port, address);

test('what is never reached, in each of its spellings', () => {
  const open = make();
  for (const address of [
    '169.254.169.254', '169.254.0.1', '::ffff:169.254.169.254', '::ffff:a9fe:a9fe', '64:ff9b::169.254.169.254', '64:ff9b::a9fe:a9fe', '64:ff9b:1::a9fe:a9fe', '2002:a9fe:a9fe::1', '::169.254.169.254',
    'fe80::1', 'fe80::1%eth0', 'febf::1', 'fd00:ec2::254', 'fd00:0ec2:0:0:0:0:0:254', '100.100.100.200', '0.0.0.0', '0.1.2.3', '::', '::ffff:0.0.0.0', '224.0.0.1', 'ff02::1', '255.255.255.255', 'nonsense',
  ]) assert.match(at(open, address) ?? 'reached', /denied/, address);
  for (const address of ['127.0.0.1', '::1', '10.0.0.1', '192.0.2.1', '2001:db8::1', '::ffff:127.0.0.1', '100.100.100.201', '2002:c000:201::1']) assert.equal(at(open, address), null, address);
  assert.equal(at(open, '169.254.169.254'), "Connection to 169.254.169.254:80 denied: link-local addresses are never reached from checks (this is the address of a cloud's metadata service).");
  assert.match(open.beforeLookup('Metadata.Google.Internal.', 80) ?? '', /metadata services/);
  assert.match(at(open, '169.254.169.254', 80, 'evil.test') ?? '', /^Connection to evil\.test:80 \(169\.254\.169\.254\) denied/);
});

test('loopback is the agent\'s own machine, by every address of it', () => {
  const closed = make({ loopback: false }, { local: ['10.1.2.3', '2001:db8::7', 'fe80::7%eth0'] });
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::', '10.1.2.3', '::ffff:10.1.2.3', '2001:db8::7', '2001:0db8:0::7']) {
    assert.match(at(closed, address) ?? 'reached', /own machine is not reached from this location/, address);
  }
  assert.equal(at(closed, '10.1.2.4'), null);
  assert.match(closed.byName('localhost', 80) ?? '', /loopback/);
});

test('Assay\'s own ports, in every spelling, whatever is allowed', () => {
  const own = make({ allow: ['127.0.0.1', 'localhost', 'db.test'] }, { own: [{ host: '127.0.0.1', port: 3000 }, { host: 'db.test', port: 5432 }, { host: '10.0.0.9', port: 5432 }] });
  for (const address of ['127.0.0.1', '127.0.0.2', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1']) assert.match(at(own, address, 3000) ?? 'reached', /port of Assay itself/, address);
  assert.equal(at(own, '127.0.0.1', 3001), null);
  assert.match(own.beforeLookup('DB.test', 5432) ?? '', /port of Assay/);
  assert.match(at(own, '::ffff:10.0.0.9', 5432, 'other.test') ?? '', /port of Assay/);
  const everywhere = make({}, { own: [{ host: '0.0.0.0', port: 3000 }], local: ['10.1.2.3'] });
  for (const address of ['127.0.0.1', '::1', '10.1.2.3']) assert.match(at(everywhere, address, 3000) ?? 'reached', /port of Assay/, address);
  assert.equal(at(everywhere, '10.1.2.4', 3000), null);
  assert.match(at(make({}, { own: [{ host: 'localhost', port: 5432 }] }), '::1', 5432) ?? 'reached', /port of Assay/);
});

test('deny beats allow; an allow list allows nothing else; names and wildcards', () => {
  const listed = make({ allow: ['*.shop.test', '192.0.2.0/24', '2001:db8::/32'], deny: ['admin.shop.test', '192.0.2.128/25', 'fc00::/7'] });
  assert.equal(at(listed, '198.51.100.1', 443, 'www.shop.test'), null);
  assert.match(at(listed, '198.51.100.1', 443, 'shop.test') ?? '', /not on the allow list of this location/);
  assert.match(listed.beforeLookup('ADMIN.shop.test.', 443) ?? '', /admin\.shop\.test is on the deny list/);
  assert.match(at(listed, 'fd12::1', 443, 'www.shop.test') ?? '', /fc00::\/7 is on the deny list/);
  assert.equal(at(listed, '192.0.2.5'), null);
  assert.match(at(listed, '::ffff:192.0.2.200') ?? '', /deny list/);
  assert.equal(at(listed, '2001:db8::1'), null);
  assert.equal(listed.byName('www.shop.test', 80), null);
  assert.match(listed.byName('other.test', 80) ?? '', /allow list/);
  assert.equal(listed.beforeLookup('other.test', 80), null, 'its address may be on the list');
  assert.match(at(make({ allow: ['shop.test'] }), '127.0.0.1') ?? '', /allow list/);
});

test('several policies must agree', () => {
  const both = createEgress({ policies: [{ ...OPEN }, { ...OPEN, loopback: false, of: 'agent' }], own: [], local: [] });
  assert.match(at(both, '127.0.0.1') ?? '', /this agent/);
});

test('rules that cannot be read are named', () => {
  for (const rule of ['10.0.0.0/8', '10.0.0.1', '::1', 'fd00::/8', 'shop.test', '*.shop.test', 'localhost', 'a_b.test']) assert.ok(readEgressRule(rule), rule);
  for (const rule of ['', '10.0.0.0/33', '::/129', '*', 'a*.test', '0x7f.1', '2130706433', '127.1', 'shop.test:80', 'http://shop.test', 'a b', '10.0.0.0/']) assert.equal(readEgressRule(rule), null, rule);
  assert.match(egressProblem({ allow: ['a.test'], deny: ['b.test', '300.1.1.1'] }) ?? '', /^egress\/deny\/1 "300\.1\.1\.1" is no rule/);
});

test('what a browser says about its proxy becomes the true reason', () => {
  const failure = (host: string, port: number, code: string) => ({ host, port, code, says: '' });
  const two = trueReasons([failure('127.0.0.1', 1, 'ECONNREFUSED'), failure('nowhere.test', 443, 'ENOTFOUND'), failure('::1', 8080, 'EACCES')]);
  assert.equal(two('page.goto: net::ERR_SOCKS_CONNECTION_FAILED at http://127.0.0.1:1/a'), 'page.goto: net::ERR_CONNECTION_REFUSED at http://127.0.0.1:1/a');
  assert.equal(two('net::ERR_SOCKS_CONNECTION_HOST_UNREACHABLE at https://nowhere.test/'), 'net::ERR_NAME_NOT_RESOLVED at https://nowhere.test/');
  assert.equal(two('net::ERR_SOCKS_CONNECTION_FAILED at http://[::1]:8080/'), 'net::ERR_BLOCKED_BY_ADMINISTRATOR at http://[::1]:8080/');
  assert.equal(two('net::ERR_SOCKS_CONNECTION_FAILED'), 'net::ERR_CONNECTION_FAILED');
  assert.equal(trueReasons([failure('a.test', 80, 'ETIMEDOUT')])('x net::ERR_SOCKS_CONNECTION_FAILED y'), 'x net::ERR_CONNECTION_TIMED_OUT y');
  assert.equal(trueReasons([])('net::ERR_SOCKS_CONNECTION_FAILED'), 'net::ERR_SOCKS_CONNECTION_FAILED');
});
