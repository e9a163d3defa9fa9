/** Asks until there is an answer: waits out what is transient, and knows whether the server can be reached. */
import { setTimeout as pause } from 'node:timers/promises';
import type { AgentLog } from './agentLog.ts';
import { backOffMs } from './backOff.ts';
import { LinkError } from './linkError.ts';

export interface Persistence {
  /** Whether the last question was answered. */
  readonly connected: boolean;
  /** Repeats `work` while it fails for a transient reason; every other error is thrown on, and `closed` after `end`. */
  persist<T>(work: () => Promise<T>): Promise<T>;
  /** Waits before try `attempt` + 1, at least `leastMs`. Rejects after `end`. */
  backOff(attempt: number, leastMs?: number): Promise<void>;
  end(): void;
}

/** `random` gives 0 ≤ n < 1. One line for each loss and each return of the connection goes to `log`. */
export function createPersistence({ log, random }: { log: AgentLog; random(): number }): Persistence {
  const ended = new AbortController();
  let connected = false;
  const closed = () => new LinkError('closed', 'The agent has stopped.');

  const reached = () => {
    if (!connected) log.info({}, 'Connected to the server');
    connected = true;
  };
  const missed = (reason: string, first: boolean) => {
    if (connected || first) log.warn({ reason }, 'The server cannot be used at the moment: trying again until it can');
    connected = false;
  };
  const backOff = async (attempt: number, leastMs = 0) => {
    await pause(Math.max(backOffMs(attempt, random), leastMs), undefined, { signal: ended.signal }).catch(() => { throw closed(); });
  };
  let complained = false;
  return {
    get connected() { return connected; },
    backOff,
    end: () => ended.abort(),
    async persist(work) {
      for (let failed = 1; ; failed++) {
        try {
          const answer = await work();
          reached();
          return answer;
        } catch (error) {
          if (ended.signal.aborted) throw closed();
          if (!(error instanceof LinkError)) throw error;
          if (error.kind !== 'transient') {
            if (error.status !== null) reached();
            throw error;
          }
          missed(error.message, !complained);
          complained = true;
          await backOff(failed, error.retryAfterMs ?? 0);
        }
      }
    },
  };
}
