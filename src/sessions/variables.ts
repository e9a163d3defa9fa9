/** Environment variables: who wins, and what every run is told about itself (A.10, B.13). Pure. */
import type { Variable } from '../protocol/assignment.ts';
import type { ResultRow } from './ledger.ts';

export interface GivenVariable { key: string; value: string | null; secret?: boolean; locked?: boolean }

/** Merges by exact key, the later list over the earlier: account, group, check, trigger. A null value removes the key. */
export function mergeVariables(...lists: readonly (readonly GivenVariable[])[]): Variable[] {
  const merged = new Map<string, Variable>();
  for (const { key, value, secret } of lists.flat()) {
    if (value === null) merged.delete(key);
    else merged.set(key, { key, value, secret: secret === true });
  }
  return [...merged.values()];
}

/** The one runtime that checks run on (B.16). */
export const RUNTIME_VERSION = '2026.04';

export function builtinVariables({ run, runSource }: { run: ResultRow; runSource: string }): Record<string, string> {
  return {
    CHECK_NAME: run.name, CHECK_TYPE: run.check_type, REGION: run.run_location, RUNTIME_VERSION, ACCOUNT_ID: run.account_id,
    CHECK_RESULT_ID: run.id, CHECK_RUN_ID: run.id, CHECKLY: '1', CHECKLY_REGION: run.run_location, CHECKLY_RUN_SOURCE: runSource, CI: '1',
    ...(run.check_id ? { CHECK_ID: run.check_id, CHECKLY_CHECK_ID: run.check_id } : {}),
  };
}
