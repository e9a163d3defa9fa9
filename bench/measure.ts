/** Figures out of repeated measurements. The machine is rarely quiet: everything is a ratio of neighbours in time, and a median. */
import { readFileSync } from 'node:fs';

/** How long and how often. */
export interface Pace {
  /** Rounds that count; one more before them warms everything up. */
  rounds: number;
  /** Of one contender in one round. */
  seconds: number;
  /** The larger store. */
  manyResults: number;
  /** Checks in the session of the whole pipeline. */
  checks: number;
  /** Single runs from end to end. */
  singleRuns: number;
  say(text: string): void;
}

/** What one contender did in one round; CPU seconds of its process, user and system. */
export interface Spell { count: number; wallSeconds: number; cpuSeconds: number }

export const perWallSecond = ({ count, wallSeconds }: Spell): number => count / wallSeconds;
export const perCpuSecond = ({ count, cpuSeconds }: Spell): number => count / cpuSeconds;

/** @param q 0 to 1. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Runs the contenders in turn, round after round, so that a slow moment of the machine meets all of them. The first round is dropped. */
export async function alternate<K extends string, T>(rounds: number, contenders: Record<K, () => Promise<T>>): Promise<Record<K, T[]>> {
  const names = Object.keys(contenders) as K[];
  const taken = Object.fromEntries(names.map((name) => [name, [] as T[]])) as Record<K, T[]>;
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const result = await contenders[name]();
      if (round > 0) taken[name].push(result);
    }
  }
  return taken;
}

/** The median of the ratios within the rounds. */
export function pairedRatio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
}

const TICKS_PER_SECOND = 100;

/** CPU seconds that a process has used so far (Linux). */
export function cpuSecondsOf(pid: number): number {
  // The name in brackets may hold anything; the fields behind it are plain.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
