import assert from 'node:assert/strict';
import { test } from 'node:test';
import { presentSvcb } from './svcb.ts';

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex');

test('the alias form is priority and target', () => {
  assert.equal(presentSvcb(hex('0000 03666f6f 076578616d706c65 03636f6d 00')), '0 foo.example.com.');
});

test('known parameters are shown by name and quoted', () => {
  const alpn = '0001 0006 02 6833 02 6832';
  const flag = '0002 0000';
  const port = '0003 0002 01bb';
  const v4 = '0004 0008 c0000201 c0000202';
  const ech = '0005 0003 010203';
  const v6 = '0006 0010 20010db8 00000000 00000000 00000001';
  assert.equal(
    presentSvcb(hex(`0001 00 ${alpn} ${flag} ${port} ${v4} ${ech} ${v6}`)),
    '1 . alpn="h3,h2" no-default-alpn port="443" ipv4hint="192.0.2.1,192.0.2.2" ech="AQID" ipv6hint="2001:db8::1"',
  );
});

test('mandatory lists key names, unknown keys keep their number and escaped bytes', () => {
  assert.equal(presentSvcb(hex('0010 00 0000 0004 0001 029a 029a 0004 2241ff5c')), '16 . mandatory="alpn,key666" key666="\\"A\\255\\\\"');
});

test('data that ends too early is refused', () => {
  for (const broken of ['00', '0001', '0001 05 61', '0001 00 0001', '0001 00 0004 0003 010203', '0001 00 0001 0002 0541', '0001 c0 0c']) {
    assert.throws(() => presentSvcb(hex(broken)), RangeError, broken);
  }
});
