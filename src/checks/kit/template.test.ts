import assert from 'node:assert/strict';
import { test } from 'node:test';
import moment from 'moment';
import { renderTemplate } from './template.ts';

/** A Wednesday. */
const NOW = Date.UTC(2024, 4, 15, 10, 30, 45, 678);
const clock = { now: () => NOW };
const ENV = {
  NAME: 'a b/ü&{{OTHER}}', OTHER: 'other', HOST: 'example.com', GROUP_BASE_URL: 'https://g.example/a?b=c', REQUEST_URL: 'http://r.example/x y',
  REGION: 'eu-west-1', EMPTY: '', HALF: '\ud800x', 'dotted.name-1': 'd',
};
const render = (text: string) => renderTemplate(text, ENV, clock);

test('variables: encoded with two braces, as they are with three', () => {
  const cases: Record<string, string> = {
    '{{NAME}}': 'a%20b%2F%C3%BC%26%7B%7BOTHER%7D%7D',
    '{{{NAME}}}': 'a b/ü&{{OTHER}}',
    'https://{{HOST}}/{{ OTHER }}?x={{{\tOTHER\n}}}': 'https://example.com/other?x=other',
    '{{GROUP_BASE_URL}}/y': 'https://g.example/a?b=c/y',
    '{{REQUEST_URL}}': 'http://r.example/x y',
    '{{{REQUEST_URL}}}': 'http://r.example/x y',
    '{{REGION}}{{EMPTY}}': 'eu-west-1',
    '[{{UNKNOWN}}{{{UNKNOWN}}}]': '[]',
    '{{HALF}}': '%EF%BF%BDx',
    '{{dotted.name-1}}': 'd',
    '{"a":{{OTHER}}}': '{"a":other}',
    '{"a":{"b":{{OTHER}}}}': '{"a":{"b":other}}',
    '{{{OTHER}}, 1}': '{other, 1}',
    '{{{{OTHER}}}}': '{other}',
  };
  for (const [text, expected] of Object.entries(cases)) assert.equal(render(text), expected, text);
});

test('what is no template stays as it is', () => {
  for (const text of ['', 'plain', '{', '{{', '{{{', '}}', '{{}}', '{{ }}', '{{a b}}', '{{OTHER', 'OTHER}}', '{ {OTHER} }', '{{"OTHER"}}', 'query { a { b } }', '{{a{b}}']) {
    assert.equal(render(text), text);
  }
});

test('nothing inherited is a variable', () => {
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'constructor.name', '__proto__.x']) {
    assert.equal(render(`<{{${name}}}{{{${name}}}}>`), '<>', name);
  }
  assert.equal(renderTemplate('{{__proto__}}', JSON.parse('{"__proto__":"own"}') as Record<string, string>, clock), 'own');
});

test('ids and random numbers are new at each place', () => {
  const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';
  const rendered = render('{{$UUID}} {{{ $UUID }}}');
  assert.match(rendered, new RegExp(`^${uuid} ${uuid}$`));
  const [one, other] = rendered.split(' ');
  assert.notEqual(one, other);
  const numbers = render('{{$RANDOM_NUMBER}} '.repeat(500)).trim().split(' ').map(Number);
  assert.ok(numbers.every((number) => Number.isInteger(number) && number >= 0 && number <= 10_000));
  assert.ok(new Set(numbers).size > 100);
});

test('times in moment formats, in UTC and not encoded', () => {
  const cases: Record<string, string> = {
    '{{moment}}': '2024-05-15T10:30:45.678Z',
    '{{{moment}}}': '2024-05-15T10:30:45.678Z',
    '{{moment "YYYY-MM-DD"}}': '2024-05-15',
    "{{ moment  'YYYY-MM-DDTHH:mm:ssZ' }}": '2024-05-15T10:30:45+00:00',
    '{"on":"{{moment \\"DD/MM/YYYY\\"}}"}': '{"on":"15/05/2024"}',
    '{{moment "X"}} {{moment "x"}}': `${Math.floor(NOW / 1000)} ${NOW}`,
    '{{moment "[week] w, dddd Do"}}': `week ${moment.utc(NOW).week()}, Wednesday 15th`,
    '{{moment "2 days ago" "YYYY-MM-DD"}}': '2024-05-13',
    '{{moment "tomorrow"}}': '2024-05-16T10:30:45.678Z',
    '{{moment "2 days ago"}}': '2024-05-13T10:30:45.678Z',
    '{{moment "in the reign of nobody" "YYYY"}}': '',
    '{{moment ""}}': '',
  };
  for (const [text, expected] of Object.entries(cases)) assert.equal(render(text), expected, text);
  assert.equal(renderTemplate('{{moment}}', { moment: 'mine' }, clock), 'mine');
});

test('offsets told in words', () => {
  const at = (phrase: string) => render(`{{moment "${phrase}" "YYYY-MM-DD HH:mm:ss"}}`);
  const cases: Record<string, string> = {
    'now': '2024-05-15 10:30:45', 'today': '2024-05-15 10:30:45', 'Tomorrow': '2024-05-16 10:30:45', 'yesterday': '2024-05-14 10:30:45',
    '1 second ago': '2024-05-15 10:30:44', '90 minutes ago': '2024-05-15 09:00:45', 'an hour ago': '2024-05-15 09:30:45',
    '3 hours from now': '2024-05-15 13:30:45', 'in 3 hours': '2024-05-15 13:30:45', 'in a week': '2024-05-22 10:30:45',
    'two weeks ago': '2024-05-01 10:30:45', '1 month ago': '2024-04-15 10:30:45', '10 years  later': '2034-05-15 10:30:45', '0.5 hours ago': '2024-05-15 10:00:45',
    '+2 days': '2024-05-17 10:30:45', '-2d': '2024-05-13 10:30:45', '1 quarter ago': '2024-02-15 10:30:45',
    'last week': '2024-05-08 10:30:45', 'next month': '2024-06-15 10:30:45', 'this year': '2024-05-15 10:30:45', 'last day': '2024-05-14 10:30:45',
    'next friday': '2024-05-17 10:30:45', 'next wednesday': '2024-05-22 10:30:45', 'last wednesday': '2024-05-08 10:30:45', 'last thursday': '2024-05-09 10:30:45',
    'this sunday': '2024-05-12 10:30:45',
  };
  for (const [phrase, expected] of Object.entries(cases)) assert.equal(at(phrase), expected, phrase);
  for (const odd of ['2 days', 'days ago', 'x days ago', '2 constructor ago', 'last constructor', 'in 2 days ago', '1e999 days ago', '99999999999 years ago']) assert.equal(at(odd), '', odd);
});

test('odd formats do no harm', () => {
  for (const format of ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf', '[', '[[', ']', '\u0000', 'Y'.repeat(10_000)]) {
    assert.equal(typeof render(`{{moment "${format}"}}`), 'string');
  }
  assert.equal(render('{{moment "toString"}}'), 'to6tring');
});

test('256 KB of braces take no time to speak of', () => {
  const text = '{'.repeat(256 * 1024);
  assert.equal(render(text), text);
  assert.equal(render('{{OTHER}}'.repeat(10_000)).length, 50_000);
  const spaces = `{{${' '.repeat(256 * 1024)}`;
  assert.equal(render(spaces), spaces);
});
