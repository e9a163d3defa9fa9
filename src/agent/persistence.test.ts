import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SILENT } from './agentLog.ts';
import { LinkError } from './linkError.ts';
import { createPersistence } from './persistence.ts';

test('an outage of many questions is told once, and its end once; nothing else is written', async () => {
  const told: string[] = [];
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  const persistence = createPersistence({ random: () => 0, log: { ...SILENT, info: (_facts, msg) => told.push(msg), warn: (_facts, msg) => told.push(msg) } });
  await persistence.persist(async () => 1);
  let down = true;
  const asked = Array.from({ length: 60 }, () => persistence.persist(async () => {
    if (down) throw new LinkError('transient', 'connect ECONNREFUSED');
    return 2;
  }));
  await new Promise(setImmediate);
  assert.equal(persistence.connected, false);
  down = false;
  assert.deepEqual(new Set(await Promise.all(asked)), new Set([2]));
  assert.deepEqual(told, ['Connected to the server', 'The server cannot be used at the moment: trying again until it can', 'Connected to the server']);
  assert.equal(persistence.connected, true);
  await new Promise(setImmediate);
  process.off('warning', onWarning);
  assert.deepEqual(warnings, []);
});

test('what is not transient is thrown on', async () => {
  const persistence = createPersistence({ random: () => 0, log: SILENT });
  for (const kind of ['lost', 'refused', 'unknown', 'fatal'] as const) {
    await assert.rejects(persistence.persist(async () => { throw new LinkError(kind, 'no', 409); }), { kind });
  }
  await assert.rejects(persistence.persist(async () => { throw new TypeError('a bug'); }), TypeError);
});

test('the end wakes whoever waits', async () => {
  const persistence = createPersistence({ random: () => 1, log: SILENT });
  const asked = persistence.persist(async () => { throw new LinkError('transient', 'busy', 503, 30_000); });
  setImmediate(() => persistence.end());
  await assert.rejects(asked, { kind: 'closed' });
});
