import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRedactor, isCredentialHeader, maskHeaders } from './redact.ts';

const SECRETS = [
  'sup3r-s3cret-canary', 'p@ss w/ord"&<x>\'=?é😀', 'C:\\dir\\new\\"quoted"', 'line one\nline two\ttab', 'tok+en/with=signs~(1)*!', '$pecial^[chars]{2}|.x?',
  'ab', 'Zürich', "-----BEGIN KEY-----\nMIIB+/abc==\n-----END KEY-----\n", '\\\\\\\\x',
];
const redactor = (...secrets: string[]) => createRedactor(secrets.map((value, i) => ({ key: `S${i}`, value, secret: true })));
const json = (text: string) => JSON.stringify(text).slice(1, -1);
const html = (text: string) => text.replace(/[&<>"']/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c]!);
const strict = (text: string) => encodeURIComponent(text).replace(/[!'()*~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
const ascii = (text: string) => json(text).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
const form = (text: string) => new URLSearchParams({ k: text }).toString().slice(2);
const lowerHex = (text: string) => text.replace(/%[0-9A-F]{2}/g, (c) => c.toLowerCase());

/** Writings that contain the whole secret one way or another. */
const WRITINGS: Record<string, (secret: string) => string> = {
  plain: (s) => s,
  'encodeURIComponent': encodeURIComponent,
  'encodeURIComponent, lower case': (s) => lowerHex(encodeURIComponent(s)),
  'strict URI': strict,
  'form': form,
  'form, lower case': (s) => lowerHex(form(s)),
  'encodeURI': encodeURI,
  'twice in a URL': (s) => encodeURIComponent(encodeURIComponent(s)),
  'JSON': json,
  'JSON twice': (s) => json(json(s)),
  'JSON three times': (s) => json(json(json(s))),
  'JSON with slashes escaped': (s) => json(s).replaceAll('/', '\\/'),
  'JSON in ASCII': ascii,
  'JSON in ASCII, twice': (s) => json(ascii(s)),
  'HTML': html,
  'HTML, all by number': (s) => Array.from(s, (c) => (/[\w.-]/.test(c) ? c : `&#x${c.codePointAt(0)!.toString(16).toUpperCase()};`)).join(''),
  'HTML in JSON': (s) => json(html(s)),
  'URL in JSON': (s) => json(encodeURI(s)),
  'JSON in a URL': (s) => encodeURIComponent(json(s)),
  'JSON in HTML': (s) => html(json(s)),
  'JSON five times': (s) => json(json(json(json(json(s))))),
  'UTF-8 read as Latin-1': (s) => Buffer.from(s, 'utf8').toString('latin1'),
  'UTF-8 read as Windows-1252, and that again as Latin-1': (s) => Buffer.from(new TextDecoder('windows-1252').decode(Buffer.from(s, 'utf8')), 'utf8').toString('latin1'),
  'HTML twice': (s) => html(html(s)),
};

test('a canary in every encoding', () => {
  for (const secret of SECRETS) {
    const scrub = redactor(secret);
    for (const [how, write] of Object.entries(WRITINGS)) {
      assert.equal(scrub.text(`begin ${write(secret)} end`).replace(/ \\*\*{6}/, ' ******').trimEnd(), 'begin ****** end', `${how} of ${secret}`);
    }
  }
});

test('a canary in base64, alone and inside of longer texts', () => {
  for (const secret of SECRETS.filter((text) => Buffer.byteLength(text) > 5)) {
    const scrub = redactor(secret);
    for (const before of ['', 'u', 'us', 'user:', 'ü']) {
      for (const after of ['', '1', '12', '123 and more']) {
        for (const encoding of ['base64', 'base64url'] as const) {
          const whole = Buffer.from(`${before}${secret}${after}`).toString(encoding);
          for (const written of [whole, encodeURIComponent(whole), json(whole)]) {
            const out = scrub.text(`Basic ${written}.`);
            assert.match(out, /\*{6}/, `${before}|${secret}|${after} as ${encoding}`);
            const left = out.replaceAll('******', '').length - 'Basic .'.length;
            const around = Buffer.byteLength(before + after);
            assert.ok(left <= Math.ceil(around * 4 / 3) + 8, `${out} keeps too much of ${written}`);
          }
        }
      }
    }
  }
});

test('base64 of a URL or of JSON that holds a secret', () => {
  const scrub = redactor('pa"ss/wörd');
  for (const text of [`https://host/?token=${encodeURIComponent('pa"ss/wörd')}&x=1`, JSON.stringify({ token: 'pa"ss/wörd', x: 1 })]) {
    const out = scrub.text(Buffer.from(text).toString('base64'));
    assert.match(out, /\*{6}/, text);
    assert.doesNotMatch(Buffer.from(out.split('******')[0] ?? '', 'base64').toString(), /pa/, text);
  }
});

test('what a cut has left of a secret: at the end of a long text, and before the ellipses of a sentence', () => {
  const scrub = redactor('sup3r-s3cret-canary', 'p@ss w/ord"&<x>', 'aaaaaaaaab');
  const long = 'x'.repeat(300);
  for (const part of ['sup3r', 'sup3r-s3cret-canar', encodeURIComponent('p@ss w/o'), encodeURIComponent('p@ss w/').slice(0, -1), json('p@ss w/ord"').slice(0, -1),
    Buffer.from('sup3r-s3cret-canary').toString('base64').slice(0, 9)]) {
    assert.equal(scrub.text(`${long}${part}`), `${long}******`, part);
    assert.equal(scrub.text(`${long}"${part}…", "${part}…".`), `${long}"******…", "******…".`, part);
  }
  assert.equal(scrub.text(`${long}sup3`), `${long}sup3`, 'four characters tell nothing');
  assert.equal(scrub.text(`${long}sup3r things`), `${long}sup3r things`, 'what goes on differently is no secret');
});

test('what an ellipsis has left of a secret in short texts, and of a long one on both sides', () => {
  const long = Array.from({ length: 24 }, (_, i) => `k"${i * 7919}`).join('-');
  const scrub = redactor('sup3r-s3cret-canary', long);
  assert.equal(scrub.text('<p>it is sup3r-s3…</p>'), '<p>it is ******…</p>');
  assert.equal(scrub.text(`{token: ${long.slice(0, 49)}…${long.slice(-50)}}`), '{token: ******…******}');
  const runs = long.replaceAll('-', '===');
  assert.equal(redactor(runs).text(`${runs.slice(0, 49)}…${runs.slice(runs.indexOf('===', 60) + 1)}`), '******…******');
  const bytes = Buffer.from(JSON.stringify(`${long.slice(0, 49)}…${long.slice(-50)}`)).toString('latin1');
  assert.equal(scrub.text(bytes), '"******\u00e2\u0080\u00a6******"');
  assert.equal(scrub.text('so…, well… canary'), 'so…, well… canary');
});

test('what differences and reports make of a secret: colours within, lines that are told one by one, file names', () => {
  const scrub = redactor('sup3r-s3cret', 'first line\n  second "line"\n', 'p@ss w/ord&7');
  assert.equal(scrub.text('Expected: \x1b[32m"sup\x1b[7m3r-s3c\x1b[27mret"\x1b[39m'), 'Expected: \x1b[32m"******"\x1b[39m');
  assert.equal(scrub.text(JSON.stringify('\x1b[31msup\x1b[7m3r-s3\x1b[27mcret\x1b[0m')), JSON.stringify('\x1b[31m******\x1b[0m'));
  assert.equal(scrub.text('-   first line\r\n-     second "line"\r\n'), '-   ******\r\n-     ******\r\n');
  assert.equal(scrub.text('test-results/spec-p-ss-w-ord-7-chromium'), 'test-results/spec-******-chromium');
});

test('a secret in a host name, which is told in small letters', () => {
  assert.equal(redactor('MyTenant-4711').text('getaddrinfo ENOTFOUND mytenant-4711.example.com'), 'getaddrinfo ENOTFOUND ******.example.com');
  assert.equal(redactor('Yes').text('yes'), 'yes');
});

test('every short secret is found alone in base64', () => {
  for (const secret of ['ab', 'abc', 'abcd', 'ü~']) {
    assert.match(redactor(secret).text(`x ${Buffer.from(secret).toString('base64')} y`), /^x \*{6}=* y$/);
  }
});

test('exempt are the trivial ones only', () => {
  const text = 'https://a/artifact/*** 123 12 http://x';
  for (const trivial of ['', '/', '*', '****', '/artifact/', 'artifact', 'https://', 'http://', '://', '123', '12', 'x']) {
    assert.equal(redactor(trivial).text(text), text, trivial);
  }
  assert.equal(redactor('1234').text('id 1234'), 'id ******');
  assert.equal(redactor('https://a').text(text), '******/artifact/*** 123 12 http://x');
  assert.equal(createRedactor([{ key: 'A', value: 'public-value', secret: false }]).text('public-value'), 'public-value');
});

test('overlapping secrets leave nothing of either', () => {
  assert.equal(redactor('abc', 'bcdef').text('-abcdef-'), '-******-');
  assert.equal(redactor('hunter2', 'hunter2-and-more').text('hunter2-and-more hunter2'), '****** ******');
  assert.equal(redactor('aaaa').text('aaaaaa!'), '******!');
});

test('secrets can be added, and come from elsewhere', () => {
  const scrub = createRedactor([], ['from-elsewhere']);
  assert.equal(scrub.text('from-elsewhere late-one'), '****** late-one');
  scrub.add('late-one', 'later-one\n');
  assert.equal(scrub.text('late-one later-one'), '****** ******');
});

test('JSON values in depth: keys, numbers, the shape kept', () => {
  const scrub = redactor('s3cret', '4711', 'other');
  const original = { 'x-s3cret': ['a s3cret', { n: 4711, m: 47110, f: 1.5, t: true, z: null }], s3cret: 1, other: 2 };
  const before = structuredClone(original);
  assert.deepEqual(scrub.value(original), {
    'x-******': ['a ******', { n: '******', m: 47110, f: 1.5, t: true, z: null }], '******': 1, '****** (2)': 2,
  });
  assert.deepEqual(original, before);
  assert.equal(scrub.value('s3cret'), '******');
  assert.equal(scrub.value(null), null);
});

test('odd JSON values', () => {
  const scrub = redactor('s3cret');
  const poison = scrub.value(JSON.parse('{"__proto__":{"polluted":"s3cret"}}') as object);
  assert.deepEqual(Object.entries(poison), [['__proto__', { polluted: '******' }]]);
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  const shared = { v: 's3cret' };
  const copy = scrub.value([shared, shared]);
  assert.deepEqual(copy, [{ v: '******' }, { v: '******' }]);
  assert.equal(copy[0], copy[1]);

  let deep: unknown = JSON.parse(`${'{"a":['.repeat(10_000)}"s3cret"${']}'.repeat(10_000)}`);
  deep = scrub.value(deep);
  while (typeof deep === 'object') deep = (deep as { a: unknown }).a ?? (deep as unknown[])[0];
  assert.equal(deep, '******');
});

test('256 KB and 200 secrets, among them very long ones', () => {
  const filler = (n: number) => Array.from({ length: 60 }, (_, i) => String.fromCharCode(97 + ((i * i * 31 + n * 17 + i * n) % 26))).join('');
  const many = Array.from({ length: 200 }, (_, n) => `${n}-${filler(n)}`);
  const long = `long ${filler(1).repeat(500)}"end"`;
  const scrub = redactor(...many, long);
  const body = `${'some ordinary text, {"key": "value"} '.repeat(7000)}${many[150]} ${long} ${json(long)} ${Buffer.from(`u:${long}`).toString('base64')} tail`;
  assert.ok(body.length > 256 * 1024);
  const out = scrub.text(body);
  assert.equal(out.slice(0, 259_000), body.slice(0, 259_000));
  assert.match(out.slice(259_000), /^\*{6} \*{6} \*{6} \S{3,5}\*{6}\S{0,4} tail$/);
});

test('texts made to be slow', () => {
  const size = 256 * 1024;
  const scrub = redactor('\\\\-\\\\-\\\\"', '%%%%%%%%%%!', 'aaaaaaaaaaaaaaaaaaab', '     x', '&&&&&&&&x');
  for (const character of ['\\', '%', 'a', ' ', '+', '&', '25']) assert.equal(scrub.text(character.repeat(size / character.length)).length, size);
});

test('headers that carry credentials', () => {
  for (const name of ['Authorization', 'proxy-authorization', 'Cookie', 'set-cookie', 'X-API-Key', 'api-key', 'apikey', 'x-auth-token', 'X_Auth_Token',
    'x-access-token', 'x-csrf-token', 'X-Amz-Security-Token', 'x-goog-api-key', 'Private-Token', 'x-client-secret', 'x-session-id', 'Ocp-Apim-Subscription-Key']) {
    assert.equal(isCredentialHeader(name), true, name);
  }
  for (const name of ['content-type', 'accept', 'www-authenticate', 'access-control-allow-credentials', 'etag', 'x-request-id', 'sec-websocket-key',
    'idempotency-key', 'author', 'x-ratelimit-tokens', 'constructor']) {
    assert.equal(isCredentialHeader(name), false, name);
  }
  const headers = { Authorization: 'Bearer x', 'set-cookie': ['a=1', 'b=2'], 'X-Locked': 'l', accept: '*/*', gone: undefined };
  assert.deepEqual(maskHeaders(headers, ['x-locked']), {
    Authorization: '******', 'set-cookie': ['******', '******'], 'X-Locked': '******', accept: '*/*', gone: undefined,
  });
  assert.equal(headers.Authorization, 'Bearer x');
});
