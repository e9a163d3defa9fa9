import assert from 'node:assert/strict';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { fits, readRules, ruleFor } from './registryRules.ts';

const RULES = {
  version: 1, upstreams: { main: { url: 'https://registry.example.test/npm' }, private: { url: 'http://10.0.0.1:4873/', auth: { type: 'bearer', token: '${NPM_TOKEN}' } } },
  packages: [{ pattern: '@acme/*', upstreams: ['private'] }, { pattern: '**', upstreams: ['main', 'private'] }],
};

test('the first rule that fits decides; tokens come from the variables of the check', () => {
  const rules = readRules(JSON.stringify(RULES), { NPM_TOKEN: 'abc' });
  assert.deepEqual(ruleFor(rules, '@acme/x')?.upstreams, [{ name: 'private', url: 'http://10.0.0.1:4873/', authorization: 'Bearer abc' }]);
  assert.deepEqual(ruleFor(rules, 'left-pad')?.upstreams.map(({ name, url, authorization }) => [name, url, authorization]), [
    ['main', 'https://registry.example.test/npm/', null], ['private', 'http://10.0.0.1:4873/', 'Bearer abc'],
  ]);
});

test('what is wrong with the rules is said, and no address and no token', () => {
  const upstream = (private_: object) => ({ ...RULES, upstreams: { ...RULES.upstreams, private: private_ } });
  const cases: [rules: unknown, says: RegExp][] = [
    [{ ...RULES, version: 2 }, /has version 2: only version 1/], [[], /must be an object/], [{ ...RULES, upstreams: [] }, /"upstreams"/], [{ ...RULES, packages: [] }, /"packages"/],
    [{ ...RULES, packages: [{ pattern: '**', upstreams: ['nobody'] }] }, /packages\[0\] names the upstream "nobody"/], [{ ...RULES, packages: [{ pattern: 1, upstreams: ['main'] }] }, /packages\[0\] must have/],
    [upstream({ url: 'ftp://x/' }), /upstream "private" a plain http or https "url"/], [upstream({ url: 'https://u:sesame@x/' }), /plain http/],
    [upstream({ url: 'https://x/', auth: { type: 'bearer', token: 'sesame' } }), /one reference to a variable/], [RULES, /asks for the variable NPM_TOKEN \(token of the upstream "private"\)/],
  ];
  for (const [rules, says] of cases) {
    assert.throws(() => readRules(JSON.stringify(rules), rules === RULES ? {} : { NPM_TOKEN: 'sesame' }), (error: Error) => says.test(error.message) && !error.message.includes('sesame'), JSON.stringify(rules));
  }
  assert.throws(() => readRules('{', {}), /is no JSON/);
});

test('patterns fit as the real CLI says that they do', async () => {
  const real = await import(pathToFileURL(join(import.meta.dirname, '../../../../node_modules/checkly/dist/services/embedded-packages/spec.js')).href) as {
    specMatchesPackageName(spec: { name: string; wildcard: boolean }, name: string): boolean;
  };
  const letters = (...all: string[]) => fc.array(fc.constantFrom(...all), { maxLength: 8 }).map((list) => list.join(''));
  fc.assert(fc.property(letters('a', 'b', '/', '@', '*', '**', '**/'), letters('a', 'b', '/', '@'), (pattern, name) => {
    assert.equal(fits(pattern, name), real.specMatchesPackageName({ name: pattern, wildcard: pattern.includes('*') }, name));
  }), { numRuns: 3_000 });
  assert.deepEqual([fits('**/utils', 'utils'), fits('**/utils', '@acme/utils'), fits('*/utils', '@acme/utils'), fits('*', '@acme/utils')], [true, true, true, false]);
});
