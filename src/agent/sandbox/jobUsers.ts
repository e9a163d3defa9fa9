/** Which users of the machine jobs become, where the agent is root: nobody else is one of them, another agent's jobs neither. */
import { readFileSync } from 'node:fs';

/** How many each agent has: more than anybody has slots. The last is for the trial. */
const EACH = 64;
/** Numbers that no system hands out to people, services or containers; room for the ids of all processes. */
const FAR = { first: 1_900_000_000, processes: 2_097_152 };
/** In a container that has few numbers: agents of one machine share them then. */
const NEAR = 61_001;

/** The first of this agent's numbers; those after it are its too. */
function firstUser(): number {
  const mapped = readFileSync('/proc/self/uid_map', 'utf8').trim().split('\n').some((line) => {
    const [inside = 0, , count = 0] = line.trim().split(/\s+/).map(Number);
    return inside <= FAR.first && inside + count >= FAR.first + FAR.processes * EACH;
  });
  return mapped ? FAR.first + (process.pid % FAR.processes) * EACH : NEAR;
}

/** A user for the trial of the sandbox. */
export const trialUser = (): number => firstUser() + EACH - 1;

/** The users of one sandbox. `take` gives one that is free, `release` gives it back. */
export function createJobUsers(): { take(): number; release(uid: number): void } {
  const taken = new Set<number>();
  return {
    take() {
      let uid = firstUser();
      while (taken.has(uid)) uid += 1;
      taken.add(uid);
      return uid;
    },
    release: (uid) => { taken.delete(uid); },
  };
}
