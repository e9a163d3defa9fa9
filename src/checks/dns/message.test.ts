import assert from 'node:assert/strict';
import { test } from 'node:test';
import packet, { type Answer, type Packet } from 'dns-packet';
import { answerDocument, answerText } from './answer.ts';
import { encodeQuery, receive, type DnsMessage, type DnsQuestion } from './message.ts';

const A: DnsQuestion = { name: 'shop.test', recordType: 'A' };

function response(id: number, extra: Partial<Packet> & { rcode?: number } = {}): Buffer {
  const { rcode = 0, flags = 0, ...rest } = extra;
  return packet.encode({ type: 'response', id, flags: flags | rcode, questions: [{ type: 'A', name: 'shop.test' }], ...rest });
}

function ours(bytes: Buffer, question = A): DnsMessage {
  const reception = receive(bytes, 7, question);
  assert.equal(reception.kind, 'ours');
  return (reception as { message: DnsMessage }).message;
}

test('a query asks one question with recursion desired and leaves room for large datagrams', () => {
  const decoded = packet.decode(encodeQuery(4711, { name: 'shop.test', recordType: 'HTTPS' }));
  assert.equal(decoded.id, 4711);
  assert.equal(decoded.flag_rd, true);
  assert.equal(decoded.flag_qr, false);
  assert.deepEqual(decoded.questions?.map(({ name, type }) => [name, type]), [['shop.test', 'UNKNOWN_65']]);
  assert.equal(decoded.additionals?.[0]?.type, 'OPT');
});

test('only a response with our id and our question is ours', () => {
  const query = packet.encode({ type: 'query', id: 7, questions: [{ type: 'A', name: 'shop.test' }] });
  const otherName = response(7, { questions: [{ type: 'A', name: 'evil.test' }] });
  const otherType = response(7, { questions: [{ type: 'MX', name: 'shop.test' }] });
  const noQuestion = response(7, { questions: [] });
  for (const bytes of [response(8), query, otherName, otherType, noQuestion, Buffer.alloc(0), Buffer.from('garbage')]) {
    assert.equal(receive(bytes, 7, A).kind, 'foreign');
  }
  assert.equal(receive(response(7, { questions: [{ type: 'A', name: 'SHOP.test' }] }), 7, A).kind, 'ours');
  assert.equal(receive(response(7, { questions: [], rcode: 1 }), 7, A).kind, 'ours');
});

test('a cut-off message with our id is broken, not ignored', () => {
  const whole = response(7, { answers: [{ type: 'A', name: 'shop.test', data: '192.0.2.1' }] });
  assert.equal(receive(whole.subarray(0, whole.length - 6), 7, A).kind, 'broken');
});

test('return codes have their mnemonics', () => {
  const codes = [0, 1, 2, 3, 4, 5].map((rcode) => ours(response(7, { rcode })).returnCode);
  assert.deepEqual(codes, ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED']);
  const badVersion: Answer = { type: 'OPT', name: '.', udpPayloadSize: 512, extendedRcode: 1, ednsVersion: 0, flags: 0, flag_do: false, options: [] };
  assert.equal(ours(response(7, { additionals: [badVersion] })).returnCode, 'BADVERS');
});

/** Priority 1, target ".", alpn h3, one IPv4 hint. */
const https = Buffer.from('0001' + '00' + '00010003026833' + '00040004c0000201', 'hex');

const RECORDS: [Answer, type: string, data: string, text?: string][] = [
  [{ type: 'A', name: 'x.test', ttl: 300, data: '192.0.2.1' }, 'A', '192.0.2.1'],
  [{ type: 'AAAA', name: 'x.test', ttl: 300, data: '2001:db8::1' }, 'AAAA', '2001:db8::1'],
  [{ type: 'CNAME', name: 'x.test', ttl: 300, data: 'y.test' }, 'CNAME', 'y.test.'],
  [{ type: 'NS', name: 'x.test', ttl: 300, data: 'ns.test' }, 'NS', 'ns.test.'],
  [{ type: 'MX', name: 'x.test', ttl: 300, data: { preference: 10, exchange: 'mail.test' } }, 'MX', '10 mail.test.'],
  [{ type: 'TXT', name: 'x.test', ttl: 300, data: ['v=spf1 ', 'say "hi"'] }, 'TXT', 'v=spf1 say "hi"', '"v=spf1 " "say \\"hi\\""'],
  [
    { type: 'SOA', name: 'x.test', ttl: 300, data: { mname: 'ns.test', rname: 'admin.test', serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 } },
    'SOA', 'ns.test. admin.test. 1 2 3 4 5',
  ],
  [{ type: 'UNKNOWN_65' as 'NULL', name: 'x.test', ttl: 300, data: https }, 'HTTPS', '1 . alpn="h3" ipv4hint="192.0.2.1"'],
  [{ type: 'UNKNOWN_65' as 'NULL', name: 'x.test', ttl: 300, data: Buffer.from([0, 1, 9]) }, 'HTTPS', '\\# 3 000109'],
  [{ type: 'UNKNOWN_1234' as 'NULL', name: 'x.test', ttl: 300, data: Buffer.from([1, 2]) }, 'TYPE1234', '\\# 2 0102'],
  [{ type: 'CAA', name: 'x.test', ttl: 300, data: { tag: 'issue', value: 'ca.test', flags: 0 } }, 'CAA', '{"flags":0,"tag":"issue","value":"ca.test","issuerCritical":false}'],
];

for (const [record, type, data, text = data] of RECORDS) {
  test(`${type} record data ${data} in both forms`, () => {
    const message = ours(response(7, { answers: [record] }));
    assert.deepEqual(message.answer, [{ name: 'x.test.', type, ttl: 300, data, text }]);
  });
}

test('the document and the dump carry the flags, the question and the answer', () => {
  const flags = packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE | packet.TRUNCATED_RESPONSE;
  const message = ours(response(7, { flags, answers: [{ type: 'A', name: 'shop.test', ttl: 60, data: '192.0.2.1' }] }));
  assert.deepEqual(answerDocument(message), {
    Answer: [{ name: 'shop.test.', type: 'A', TTL: 60, data: '192.0.2.1' }],
    Question: [{ name: 'shop.test.', type: 'A' }],
    Status: 'NOERROR', TC: true, RD: true, RA: true, AD: false, CD: false,
  });
  assert.equal(answerText(message, 12), [
    ';; Return code: NOERROR, response time: 12 ms',
    ';; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 7',
    ';; flags: qr tc rd ra; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0',
    '',
    ';; QUESTION SECTION:',
    ';shop.test.\tIN\tA',
    '',
    ';; ANSWER SECTION:',
    'shop.test.\t60\tIN\tA\t192.0.2.1',
  ].join('\n'));
});
