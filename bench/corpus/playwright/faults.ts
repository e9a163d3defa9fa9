/** Faults of Playwright tests. Their labels are the groups; what is in `v` is noise. */
import type { Noise } from '../noise.ts';

/** `base`: the shop; `gone`: a port where nobody listens; `tls`: the shop behind a certificate that nobody trusts. */
export interface Surroundings extends Noise { base: string; gone: string; tls: string }

export interface PlaywrightFault {
  group: string;
  /** The body of the test; `test`, `expect`, `page`, `request` are there. */
  body(v: Surroundings): string;
  /** Where a test leaves other errors than one of its own group. */
  groups?: string[];
  /** Beside the test, in its describe block. */
  beside?(v: Surroundings): string;
}

/** Most begin on the shop's page. */
export const onPage = (group: string, code: (v: Surroundings) => string, groups?: string[]): PlaywrightFault => ({
  group, body: (v) => `await page.goto('${v.base}/');\n${code(v)}`, ...(groups ? { groups } : {}),
});
export const plain = (group: string, body: (v: Surroundings) => string, more: Partial<PlaywrightFault> = {}): PlaywrightFault => ({ group, body, ...more });
