/** When a run is cut off although its probe should have ended by itself. The compiler keeps the table complete. */
import type { CheckType } from '../contract/checkTypes.ts';

/** Beyond the hard limit of the type, so that a probe's own limit always comes first. */
const MARGIN = 5_000;

/**
 * ms, the hard limits of B.2 and those that the probes promise: setup and teardown of group and check (10 s each) around the
 * API request, the longest threshold + 5 s for TCP, 50 pings for ICMP, the names of the
 * hops (2 s) after a trace. Those with user code have time to start and to hand over what they
 * have left, beside the limits of C.1 (240 s; 5 min to install and 30 min to test), which they hold themselves.
 */
const HARD_LIMITS_MS = {
  API: 70_000, URL: 30_000, TCP: 50_000, DNS: 10_000, ICMP: 35_000, SSL: 30_000, GRPC: 180_000, TRACEROUTE: 32_000,
  BROWSER: 360_000, MULTI_STEP: 360_000, PLAYWRIGHT: 45 * 60_000, AGENTIC: 30 * 60_000, HEARTBEAT: 0,
} satisfies Record<CheckType, number>;

/** User patterns are evaluated after the request, each within a second or so (kit/extract). */
const MS_PER_ASSERTION = 1_500;

/** ms after its start at which a run is cut off. */
export function deadlineOf(checkType: CheckType, assertions: number): number {
  return HARD_LIMITS_MS[checkType] + assertions * MS_PER_ASSERTION + MARGIN;
}

const LEAVES_FILES: ReadonlySet<CheckType> = new Set(['BROWSER', 'MULTI_STEP', 'PLAYWRIGHT']);

/** ms that an interrupted probe has to say what it has; where that is files, they are scrubbed and sent meanwhile. */
export const windDownOf = (checkType: CheckType): number => (LEAVES_FILES.has(checkType) ? 45_000 : 5_000);
