/** The two limits of a check: the rule between them, and how a measured time is judged by them (B.2, B.3). */

/**
 * Times in ms. `responseTime` null means that nothing was measured: then no limit is exceeded.
 * A limit of null or undefined is no limit. Exceeded means strictly greater; a failed run is not degraded.
 */
export function judgeLimits({ responseTime, degradedResponseTime, maxResponseTime }: {
  responseTime: number | null;
  degradedResponseTime?: number | null;
  maxResponseTime?: number | null;
}): { overMaxResponseTime: boolean; isDegraded: boolean } {
  const exceeds = (limit: number | null | undefined) => responseTime !== null && typeof limit === 'number' && responseTime > limit;
  const overMaxResponseTime = exceeds(maxResponseTime);
  return { overMaxResponseTime, isDegraded: !overMaxResponseTime && exceeds(degradedResponseTime) };
}

interface Limit { name: string; value: number | null; default: number }

/**
 * The sentence for a soft limit above the hard one, or null. A limit that stands at its default was not chosen: whoever
 * sets only the other one, however low or high, has broken no rule.
 */
export function limitsRule(soft: Limit, hard: Limit): string | null {
  if (soft.value === null || hard.value === null || soft.value <= hard.value) return null;
  if (soft.value === soft.default || hard.value === hard.default) return null;
  return `${soft.name} (${soft.value}) must not be greater than ${hard.name} (${hard.value}).`;
}

/** The rule for response times. */
export function responseTimeRule(settings: { degradedResponseTime: number | null; maxResponseTime: number | null }, defaults: { degraded: number; max: number }): string | null {
  return limitsRule(
    { name: 'degradedResponseTime', value: settings.degradedResponseTime, default: defaults.degraded },
    { name: 'maxResponseTime', value: settings.maxResponseTime, default: defaults.max },
  );
}
