/** A fault of a check that a probe runs, and how it becomes entries of the corpus. */
import type { ProbeContext, ProbeOutcome } from '../../../src/checks/kit/probe.ts';
import type { Noise } from '../noise.ts';
import type { Sample } from '../sample.ts';
import type { Shop } from '../shopServer.ts';

export interface Place extends Noise { shop: Shop; /** Address of the shop. */ base: string; context: ProbeContext }

export interface ProbeFault {
  group: string;
  /** Where a run leaves several errors. */
  groups?: string[];
  checkType: string;
  /** Runs it for real. */
  run(place: Place): Promise<ProbeOutcome>;
}

/** As `sessions/finished.ts` stores it, with the body cut: it is not looked at. */
export function sampleOf({ group, groups, checkType }: ProbeFault, { detail, fault, verdict }: ProbeOutcome, round: number): Sample {
  if (verdict === 'passed' || verdict === 'degraded') throw new Error(`The fault "${group}" did no harm: ${JSON.stringify(detail)}`);
  const told = fault === null || detail['requestError'] ? detail : { ...detail, requestError: fault };
  const short = JSON.parse(JSON.stringify(told, (key, value: unknown) => (key === 'body' && typeof value === 'string' ? value.slice(0, 120) : value))) as Record<string, unknown>;
  return { groups: groups ?? [group], round, by: 'probe', run: { checkType, detail: short, scheduleError: null } };
}
