/**
 * The queue of runs that wait for an agent: a thin face over the queue library, always in the caller's transaction,
 * so that a run and its entry appear, move and vanish together.
 * Promises: an entry is claimed by one caller only; a rolled-back claim never happened; a claimed entry stays out of
 * sight until it is settled. Never: decides about leases or retries; a dead agent's run is offered anew by sessions.
 */
import type { Store, Tx } from '../store/openStore.ts';
import { openBossQueue } from './bossQueue.ts';
import { openTableQueue } from './tableQueue.ts';

/** A run to be had in a lane (location and weight) from `availableAt` (Unix ms) on. Ids are the caller's. */
export interface Offer { entryId: string; lane: string; runId: string; availableAt: number }
export interface Entry { entryId: string; runId: string }
export interface LaneDepth { lane: string; ready: number; delayed: number; claimed: number }

export interface Queue {
  offer(tx: Tx, offers: readonly Offer[]): Promise<void>;
  /** At most `max` due entries of the lane; of two, one that was offered and fell due earlier is not left behind. */
  claim(tx: Tx, lane: string, max: number): Promise<Entry[]>;
  /** A sign of life for claimed entries. */
  extend(tx: Tx, lane: string, entryIds: readonly string[]): Promise<void>;
  /** A claimed entry is done with. */
  settle(tx: Tx, lane: string, entryId: string): Promise<void>;
  /** An entry that nobody claimed is taken back; a claimed one, or one being claimed right now, is left to its claimer to settle. */
  withdraw(tx: Tx, lane: string, entryId: string): Promise<void>;
  depth(): Promise<LaneDepth[]>;
  close(): Promise<void>;
}

/** The queue that belongs to the store. @param clock Unix ms: what offers' `availableAt` is compared with. */
export async function openQueue(store: Store, clock: () => number): Promise<Queue> {
  const connectionString = store.pool?.options.connectionString;
  return connectionString === undefined ? openTableQueue(store, clock) : openBossQueue(store, connectionString, clock);
}
