/** How much work to ask for. Pure. */

/** Runs at a time, by their weight. */
export interface Slots { light: number; heavy: number }

export const NO_SLOTS: Slots = { light: 0, heavy: 0 };

export const addSlots = (a: Slots, b: Slots): Slots => ({ light: a.light + b.light, heavy: a.heavy + b.heavy });

/**
 * What another long poll shall offer beside those that are open, or null when none is needed. A poll's offer is promised to it
 * until it ends, so that all answers together fit. One poll is open at all times, if only to hear of cancellations; another
 * one is opened when a weight has free slots that no open poll offers.
 */
export function nextOffer(total: Slots, taken: Slots, open: readonly Slots[]): Slots | null {
  const promised = open.reduce(addSlots, NO_SLOTS);
  const free = {
    light: Math.max(0, total.light - taken.light - promised.light),
    heavy: Math.max(0, total.heavy - taken.heavy - promised.heavy),
  };
  const wanted = (free.light > 0 && promised.light === 0) || (free.heavy > 0 && promised.heavy === 0);
  return wanted || open.length === 0 ? free : null;
}
