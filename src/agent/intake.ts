/**
 * The long polls: how work and cancellations reach the agent.
 * Promises: one poll is open at all times, also without a free slot, so that cancellations arrive at once; what all open polls
 * offer together fits the free slots. Never: work after `stopWork`, or a poll after `close`.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { NextAnswer } from '../protocol/verbs.ts';
import type { AgentLog } from './agentLog.ts';
import type { Link } from './link.ts';
import { LinkError } from './linkError.ts';
import type { Membership } from './membership.ts';
import { nextOffer, NO_SLOTS, type Slots } from './slots.ts';

export interface IntakeDeps {
  link: Link;
  membership: Pick<Membership, 'ask'>;
  total: Slots;
  /** Slots that runs hold now. */
  taken(): Slots;
  /** Takes an answer in; false when there was nothing new in it. */
  receive(answer: NextAnswer, offered: Slots): boolean;
  log: AgentLog;
  tick(): number;
}

export interface Intake {
  /** Opens another poll if one is needed: to be called when slots have become free. */
  refill(): void;
  stopWork(): void;
  close(): void;
}

const WAIT_MS = 20_000;
/** An answer without news that came sooner than this is no long poll: the next one is asked after a pause. Both in ms. */
const TOO_SOON_MS = 1_000;
const PAUSE_MS = 100;

export function createIntake({ link, membership, total, taken, receive, log, tick }: IntakeDeps): Intake {
  const open = new Map<AbortController, Slots>();
  let work = true;
  let closed = false;

  const refill = () => {
    if (closed) return;
    const offer = nextOffer(work ? total : NO_SLOTS, taken(), [...open.values()]);
    if (offer) void poll(offer);
  };

  async function poll(offered: Slots): Promise<void> {
    const handle = new AbortController();
    open.set(handle, offered);
    try {
      const begun = tick();
      const answer = await membership.ask((agentId) => link.next({ agentId, free: offered, waitMs: WAIT_MS }, handle.signal));
      // The slots pass from the poll to the runs in one step.
      open.delete(handle);
      const news = receive(answer, offered);
      if (!news && tick() - begun < TOO_SOON_MS) {
        open.set(handle, offered);
        await pause(PAUSE_MS, undefined, { signal: handle.signal });
      }
    } catch (error) {
      if (handle.signal.aborted) return;
      if (error instanceof LinkError && (error.kind === 'fatal' || error.kind === 'closed')) return;
      // A server that refuses the question itself is of another version, perhaps not for long.
      log.error({ reason: error instanceof Error ? error.message : String(error) }, 'Asking for work failed');
      await pause(TOO_SOON_MS, undefined, { signal: handle.signal }).catch(() => {});
    } finally {
      open.delete(handle);
      refill();
    }
  }

  const end = (which: (offered: Slots) => boolean) => {
    for (const [handle, offered] of open) if (which(offered)) handle.abort();
  };
  return {
    refill,
    stopWork() {
      work = false;
      end(({ light, heavy }) => light + heavy > 0);
    },
    close() {
      closed = true;
      end(() => true);
    },
  };
}
