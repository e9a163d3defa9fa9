import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeLimits } from './limits.ts';

test('limits are exceeded strictly, and failed is not degraded', () => {
  const limits = { degradedResponseTime: 100, maxResponseTime: 200 };
  const judged = (responseTime: number | null, of: Partial<Record<keyof typeof limits, number | null>> = limits) => {
    const { overMaxResponseTime, isDegraded } = judgeLimits({ responseTime, ...of });
    return overMaxResponseTime ? 'over' : isDegraded ? 'degraded' : 'fine';
  };
  assert.deepEqual([0, 100, 100.1, 200, 201].map((time) => judged(time)), ['fine', 'fine', 'degraded', 'degraded', 'over']);
  assert.equal(judged(null), 'fine');
  assert.equal(judged(1e9, { degradedResponseTime: null, maxResponseTime: null }), 'fine');
  assert.equal(judged(1e9, {}), 'fine');
  assert.equal(judged(1, { degradedResponseTime: 0, maxResponseTime: null }), 'degraded');
  assert.equal(judged(150, { degradedResponseTime: 300, maxResponseTime: 100 }), 'over');
});
