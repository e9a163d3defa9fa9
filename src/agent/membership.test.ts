import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { SILENT } from './agentLog.ts';
import type { Link } from './link.ts';
import { LinkError } from './linkError.ts';
import { createMembership } from './membership.ts';

const unknown = () => new LinkError('unknown', 'Say hello again.', 404);

/** A link on which every hello is answered by the next of `answers`. */
async function memberOf(...answers: (string | LinkError)[]) {
  const hellos: unknown[] = [];
  const fatal: LinkError[] = [];
  const link = {
    hello: async (request: unknown) => {
      hellos.push(request);
      const answer = answers.shift() ?? assert.fail('one hello too many');
      if (typeof answer !== 'string') throw answer;
      return { agentId: answer, location: 'eu-west-1', leaseMs: 1, extendEveryMs: 1 };
    },
    close: () => {},
  } as unknown as Link;
  const membership = await createMembership({
    link, log: SILENT, tick: () => 0, random: () => 0, onFatal: (error) => fatal.push(error),
    request: { name: 'a', incarnation: randomUUID(), version: '1', slots: { light: 1, heavy: 0 } },
  });
  return { membership, hellos, fatal };
}

test('whoever asked before the last hello asks again without another one', async () => {
  const { membership, hellos } = await memberOf('first', 'second');
  const gate = Promise.withResolvers<void>();
  const late = membership.ask(async (agentId) => {
    if (agentId === 'second') return agentId;
    await gate.promise;
    throw unknown();
  });
  const early = await membership.ask(async (agentId) => {
    if (agentId === 'first') throw unknown();
    return agentId;
  });
  gate.resolve();
  assert.deepEqual([early, await late, membership.facts.agentId], ['second', 'second', 'second']);
  assert.equal(hellos.length, 2);
  assert.deepEqual(hellos[0], hellos[1], 'the incarnation stays the same');
});

test('a second hello that is turned down ends the membership', async () => {
  const { membership, fatal } = await memberOf('first', new LinkError('fatal', 'Bad Token', 401));
  await assert.rejects(membership.ask(async () => { throw unknown(); }), { kind: 'fatal' });
  assert.equal(fatal.length, 1);
});

test('lost and refused go to whoever asked', async () => {
  const { membership } = await memberOf('first');
  for (const kind of ['lost', 'refused'] as const) {
    await assert.rejects(membership.ask(async () => { throw new LinkError(kind, 'no', 409); }), { kind });
  }
});
