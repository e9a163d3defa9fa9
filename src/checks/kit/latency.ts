/** Average, extremes and spread of round-trip times, as ICMP and traceroute checks show them (B.10, B.12). */

/** ms, the average and the deviation with three decimals. */
export interface Latency { avg: number; min: number; max: number; stdDev: number }

/** The numbers that an assertion may name in `property`. */
export const LATENCY_PROPERTIES = ['avg', 'min', 'max', 'stdDev'] as const satisfies readonly (keyof Latency)[];

/** To three decimals, which is what the clocks of `ping` and `traceroute` give. */
export const roundedMs = (ms: number): number => Math.round(ms * 1000) / 1000;

/** Of round-trip times in ms; the deviation is that of the population. All 0 without a time. */
export function latencyOf(times: readonly number[]): Latency {
  if (times.length === 0) return { avg: 0, min: 0, max: 0, stdDev: 0 };
  const avg = times.reduce((sum, time) => sum + time, 0) / times.length;
  const variance = times.reduce((sum, time) => sum + (time - avg) ** 2, 0) / times.length;
  return { avg: roundedMs(avg), min: Math.min(...times), max: Math.max(...times), stdDev: roundedMs(Math.sqrt(variance)) };
}

/** Percent of the packets that did not come back, with two decimals. */
export const lossPercentage = (sent: number, received: number): number => Math.round((sent - received) / sent * 10_000) / 100;

/** The sentence for an assertion of `source` that names none of these numbers, or null. `index`: its place in the request. */
export function latencyPropertyRule(source: string, property: string, index: number): string | null {
  if ((LATENCY_PROPERTIES as readonly string[]).includes(property)) return null;
  return `request.assertions[${index}].property must be one of ${LATENCY_PROPERTIES.join(', ')} for the source ${source}.`;
}
