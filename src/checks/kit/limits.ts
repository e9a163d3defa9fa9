/** Judges the measured time of a run against its two limits (B.3). */

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
