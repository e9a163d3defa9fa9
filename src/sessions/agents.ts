/** Which agents there are. A new process of a known name takes the old one's place, and its runs are free at once. */
import type { ToldSandbox } from '../protocol/verbs.ts';
import { lockRuns } from './held.ts';
import type { EngineDeps } from './ledger.ts';

export interface AgentFacts { id: string; locationId: string; name: string; version: string; slots: { light: number; heavy: number }; sandbox?: ToldSandbox | undefined }

/** Registers a process; the runs of its former incarnation lapse now instead of at the end of their lease. */
export async function registerAgent(deps: EngineDeps, agent: AgentFacts): Promise<void> {
  const now = deps.clock();
  await deps.store.transaction(async (tx) => {
    const former = await tx.db.selectFrom('agents').select(['id', 'first_seen_at']).where('location_id', '=', agent.locationId).where('name', '=', agent.name).execute();
    for (const { id } of former.filter((row) => row.id !== agent.id)) {
      await lockRuns(tx, (runs) => runs.where('agent_id', '=', id).where('lease_until', 'is not', null));
      await tx.db.updateTable('results').set({ lease_until: 0 }).where('agent_id', '=', id).where('lease_until', 'is not', null).execute();
    }
    await tx.db.deleteFrom('agents').where('location_id', '=', agent.locationId).where('name', '=', agent.name).execute();
    await tx.db.insertInto('agents').values({
      id: agent.id, location_id: agent.locationId, name: agent.name, version: agent.version, light_slots: agent.slots.light,
      heavy_slots: agent.slots.heavy, first_seen_at: former.find((row) => row.id === agent.id)?.first_seen_at ?? now, last_seen_at: now,
      sandbox_level: agent.sandbox?.level ?? null, sandbox_says: agent.sandbox?.says ?? null,
    // Two hellos under one name at once: the later one has the name.
    }).onConflict((conflict) => conflict.columns(['location_id', 'name']).doUpdateSet((eb) => ({
      id: eb.ref('excluded.id'), version: eb.ref('excluded.version'), light_slots: eb.ref('excluded.light_slots'),
      heavy_slots: eb.ref('excluded.heavy_slots'), first_seen_at: now, last_seen_at: now,
      sandbox_level: eb.ref('excluded.sandbox_level'), sandbox_says: eb.ref('excluded.sandbox_says'),
    }))).execute();
  });
}

/** Written at most this often for one agent: `next` comes many times a second. */
const SEEN_EVERY_MS = 5_000;

/** A sign of life. False when the agent is not (or no longer) known in that location: it has to say hello again. */
export function createSeenAgent(deps: EngineDeps): (agentId: string, locationId: string) => Promise<boolean> {
  const lately = new Map<string, { locationId: string; at: number }>();
  return async (agentId, locationId) => {
    const now = deps.clock();
    const last = lately.get(agentId);
    if (last && last.locationId === locationId && now - last.at < SEEN_EVERY_MS) return true;
    const { numUpdatedRows } = await deps.store.transaction((tx) => tx.db.updateTable('agents').set({ last_seen_at: now })
      .where('id', '=', agentId).where('location_id', '=', locationId).executeTakeFirst());
    if (numUpdatedRows === 0n) {
      lately.delete(agentId);
      return false;
    }
    lately.set(agentId, { locationId, at: now });
    return true;
  };
}

/** After a restart the leases that lapsed while no server was there get this long for their agents to come back. */
export async function graceAfterRestart(deps: EngineDeps, graceMs: number): Promise<void> {
  const until = deps.clock() + graceMs;
  await deps.store.transaction(async (tx) => {
    await lockRuns(tx, (runs) => runs.where('lease_until', 'is not', null).where('lease_until', '<', until));
    await tx.db.updateTable('results').set({ lease_until: until }).where('lease_until', 'is not', null).where('lease_until', '<', until).execute();
  });
}
