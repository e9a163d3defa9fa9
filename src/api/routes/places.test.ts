import assert from 'node:assert/strict';
import test from 'node:test';
import { openApiUnderTest } from '../../../test/apiUnderTest.ts';

test('runtimes and regions need no key', async () => {
  await using api = await openApiUnderTest();
  const runtimes = (await api.app.inject('/v1/runtimes')).json<{ name: string; stage: string; multiStepSupport: boolean; dependencies: Record<string, string> }[]>();
  assert.deepEqual(runtimes.map(({ name }) => name), ['2026.04', '2025.04', '2024.09', '2024.02', '2023.09', '2023.02', '2022.10']);
  assert.deepEqual(runtimes.filter(({ stage }) => stage === 'CURRENT').map(({ name }) => name), ['2026.04']);
  for (const { multiStepSupport, dependencies } of runtimes) assert.ok(multiStepSupport && dependencies['node']);
  assert.deepEqual((await api.app.inject('/v1/runtimes/2024.02')).json(), runtimes[3]);
  assert.equal((await api.app.inject('/v1/runtimes/1999.01')).statusCode, 404);
  const locations = (await api.app.inject('/v1/locations')).json<{ region: string; name: string }[]>();
  assert.equal(locations.length, 22);
  assert.ok(locations.some(({ region, name }) => region === 'eu-central-1' && name === 'Frankfurt'));
});
