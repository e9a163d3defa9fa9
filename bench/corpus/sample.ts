/** One entry of the corpus, where it is kept, and which part of it tuning must not see. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FailedRun } from '../../src/grouping/groupErrors.ts';

/** `groups`: the fault that was injected, for each error of the run in their order. */
export interface Sample { groups: string[]; /** Another one, other noise. */ round: number; /** What it was made with. */ by: string; run: FailedRun }

const FOLDER = join(import.meta.dirname, 'errors');

/** The first eight bits of the label's hash, and of label and round: the split is fixed before anything is measured. */
const byteOf = (text: string): number => createHash('sha256').update(text).digest()[0] ?? 0;
const HELD_GROUPS = 72;
const HELD_ROUNDS = 26;

/** About 28 % of the groups whole, and a tenth of the noise of the others. */
export function isHeldBack({ groups, round, by }: Sample): boolean {
  const [label = ''] = groups;
  return byteOf(`held ${label}`) < HELD_GROUPS || byteOf(`held ${label} ${by} ${round}`) < HELD_ROUNDS;
}

export function readSamples(): Sample[] {
  return readdirSync(FOLDER).filter((name) => name.endsWith('.jsonl')).sort()
    .flatMap((name) => readFileSync(join(FOLDER, name), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Sample));
}

/** @param family the file's name without its ending. Sorted, so that a run of the script changes only what has changed. */
export function writeSamples(family: string, samples: readonly Sample[]): void {
  const key = ({ groups, by, round }: Sample) => `${groups.join()} ${by} ${String(round).padStart(3, '0')}`;
  const sorted = samples.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
  writeFileSync(join(FOLDER, `${family}.jsonl`), sorted.map((sample) => `${JSON.stringify(sample)}\n`).join(''));
}
