/** How long to wait before the next try: longer each time, and not in step with other agents. Pure. */

const FIRST_MS = 100;
/** Short, because a server that comes back shall find its agents within seconds. */
const LONGEST_MS = 3_000;

/** ms before try `attempt` + 1, where `attempt` counts the failed ones from 1. `random` gives 0 ≤ n < 1. */
export function backOffMs(attempt: number, random: () => number): number {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  return whole * (0.5 + random() / 2);
}
