import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cliVariables, findSurprise } from './quickstart.ts';
import { SAMPLE_EXPECTED } from './sampleShop.ts';

const plain = { hasErrors: false, hasFailures: false, isDegraded: false };
const expected = [
  ...Array.from({ length: SAMPLE_EXPECTED.passed }, (_, i) => ({ ...plain, name: `passed ${i}` })),
  ...Array.from({ length: SAMPLE_EXPECTED.degraded }, () => ({ ...plain, name: 'slow', isDegraded: true })),
  ...Array.from({ length: SAMPLE_EXPECTED.failed }, () => ({ ...plain, name: 'broken', hasFailures: true, isDegraded: true })),
];

test('the expected outcome is no surprise, whatever its order', () => {
  assert.equal(findSurprise(expected), null);
  assert.equal(findSurprise(expected.toReversed()), null);
});

test('a result too few, one too many and a fault of ours are named', () => {
  assert.match(findSurprise(expected.slice(1)) ?? '', /9 passed, 1 degraded, 3 failed, 0 errored instead of 10 passed/);
  assert.match(findSurprise([]) ?? '', /Not passed: none/);
  const faulty = expected.map((result, i) => (i === 0 ? { ...result, name: 'ping', hasErrors: true } : result));
  const unbrowsed = faulty.map((result) => (result.hasErrors ? { ...result, browserCheckResult: { errors: [{ message: 'There is no browser.' }] } } : result));
  assert.match(findSurprise(unbrowsed) ?? '', /\nThere is no browser\.\n`npm run assay doctor`/);
  assert.match(findSurprise(faulty) ?? '', /1 errored instead of .*Not passed: ping \(errored\), slow \(degraded\), broken \(failed\)/);
});

test('five variables point the CLI here', () => {
  assert.deepEqual(cliVariables({ accountId: 'a', apiKey: 'k', apiUrl: 'http://h', mqttUrl: 'ws://h/mqtt' }), {
    CHECKLY_ENV: 'local', CHECKLY_API_URL: 'http://h', CHECKLY_MQTT_URL: 'ws://h/mqtt', CHECKLY_ACCOUNT_ID: 'a', CHECKLY_API_KEY: 'k',
  });
});
