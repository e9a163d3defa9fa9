/** The part of a result that its check type fills (A.5): at most one is there. */
import type { TestSessionResult } from '../../contract/results.ts';

export type Detail = Readonly<Record<string, unknown>>;

const KEYS = [
  'apiCheckResult', 'browserCheckResult', 'multiStepCheckResult', 'playwrightCheckResult', 'agenticCheckResult', 'sslCheckResult', 'grpcCheckResult', 'tracerouteCheckResult',
] as const;

/** null where the run has left nothing. */
export function detailOf(result: TestSessionResult): Detail | null {
  const open = result as unknown as Record<string, unknown>;
  const key = KEYS.find((one) => open[one] !== null && open[one] !== undefined);
  return key === undefined ? null : open[key] as Detail;
}

/** What a view of a check type is given. */
export interface ResultViewProps { result: TestSessionResult; detail: Detail }
