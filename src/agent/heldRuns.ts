/** The runs in this agent's hands, from their assignment until their report is taken. */
import type { Assignment } from '../protocol/assignment.ts';
import type { Held } from '../protocol/verbs.ts';
import { createInterruption, type Interruption, type InterruptedBy } from './interruption.ts';
import { addSlots, NO_SLOTS, type Slots } from './slots.ts';

export interface HeldRun {
  readonly assignment: Assignment;
  readonly interruption: Interruption;
  /** The probe has ended; its outcome is on the way. */
  reporting: boolean;
}

export interface HeldRuns {
  readonly size: number;
  /** A run that is assigned anew takes the place of its older self, which is lost. */
  add(assignment: Assignment): HeldRun;
  remove(run: HeldRun): void;
  /**
   * Interrupts those of the named runs that were not yet; returns how many. What is interrupted can still be lost.
   * Runs that are reporting are let be: the answer to the report decides.
   */
  interrupt(runIds: readonly string[], by: InterruptedBy): number;
  interruptAll(by: InterruptedBy): void;
  /** For `extend`: all that the server believes to be here. */
  held(): Held[];
  taken(): Slots;
  reporting(): number;
  /** Resolves when there are none, with true, or after `ms` with false. */
  emptyWithin(ms: number): Promise<boolean>;
}

const ONE = { light: { light: 1, heavy: 0 }, heavy: { light: 0, heavy: 1 } };

export function createHeldRuns(): HeldRuns {
  // Lost runs take their slot until their probe has ended, also when the same run is here again.
  const all = new Set<HeldRun>();
  const byId = new Map<string, HeldRun>();
  const emptied = new Set<() => void>();
  let taken = NO_SLOTS;

  const interruptOne = (run: HeldRun, by: InterruptedBy): boolean => {
    const { by: former } = run.interruption;
    if (run.reporting || former === 'lost' || (former !== null && by !== 'lost')) return false;
    run.interruption.interrupt(by);
    return true;
  };
  return {
    get size() { return all.size; },
    add(assignment) {
      const former = byId.get(assignment.runId);
      if (former) interruptOne(former, 'lost');
      const run: HeldRun = { assignment, interruption: createInterruption(), reporting: false };
      all.add(run);
      byId.set(assignment.runId, run);
      taken = addSlots(taken, ONE[assignment.weight]);
      return run;
    },
    remove(run) {
      const { runId, weight } = run.assignment;
      if (!all.delete(run)) return;
      if (byId.get(runId) === run) byId.delete(runId);
      taken = { ...taken, [weight]: taken[weight] - 1 };
      if (all.size === 0) for (const tell of emptied) tell();
    },
    interrupt: (runIds, by) => runIds.filter((runId) => {
      const run = byId.get(runId);
      return run !== undefined && interruptOne(run, by);
    }).length,
    interruptAll(by) { for (const run of all) interruptOne(run, by); },
    held: () => [...byId.values()].filter(({ interruption }) => interruption.by !== 'lost').map(({ assignment: { runId, token } }) => ({ runId, token })),
    taken: () => taken,
    reporting: () => [...all].filter((run) => run.reporting).length,
    async emptyWithin(ms) {
      if (all.size === 0) return true;
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const tell = () => resolve(true);
      const timer = setTimeout(() => resolve(false), ms);
      emptied.add(tell);
      return promise.finally(() => {
        clearTimeout(timer);
        emptied.delete(tell);
      });
    },
  };
}
