/**
 * Where an account's checks run: the places, the agents that serve them, and how much waits there.
 * Promises: reads as many rows as there are agents, runs under way and runs that wait (of these, so many at most).
 */
import { PUBLIC_LOCATION } from '../../accounts/locations.ts';
import type { Agent, Place, PlaceList } from '../../contract/pages/settings.ts';
import type { Reads } from '../../store/openStore.ts';
import type { AgentTable } from '../../store/tables.ts';
import { iso, isoOrNull } from '../presentResult.ts';

/** An agent asks for work at least every 20 s; one that is silent for longer than this is gone. */
const ALIVE_MS = 60_000;
/** Agents that are gone stay known for good: these many are shown of a place. */
const GONE_SHOWN = 20;
/** Waiting runs that are counted, of all places together, those that wait longest. */
const MOST_WAITING = 10_000;

type Weight = 'light' | 'heavy';
type Slots = Record<Weight, number>;
interface Waiting { slots: Slots; oldest: number }

/** The place that public regions lead to comes first, it has a row nowhere; then the account's own, the oldest first. */
export async function readPlaces(read: Reads, accountId: string, now: number): Promise<PlaceList> {
  const own = await read.selectFrom('private_locations').select(['id', 'name', 'slug']).where('account_id', '=', accountId).orderBy('created_at').orderBy('id').execute();
  const places = [{ id: PUBLIC_LOCATION, name: 'Public regions', slug: null }, ...own];
  const agents = await agentsOf(read, places.map(({ id }) => id), now);
  const [taken, { waiting, isLeast }] = await Promise.all([takenBy(read, agents.map(({ id }) => id)), waitingIn(read, now)]);
  return {
    places: places.map(({ id, name, slug }): Place => ({
      id, name, slugName: slug, agents: shownOf(agents.filter((agent) => agent.location_id === id), now).map((agent) => present(agent, taken.get(agent.id), now)),
      waiting: waiting.get(id)?.slots ?? { light: 0, heavy: 0 }, oldestWaitingAt: isoOrNull(waiting.get(id)?.oldest ?? null),
    })),
    waitingIsLeast: isLeast,
  };
}

const isAlive = (agent: AgentTable, now: number): boolean => agent.last_seen_at > now - ALIVE_MS;

/** Of each place the living ones and some of the others. */
const agentsOf = (read: Reads, placeIds: readonly string[], now: number): Promise<AgentTable[]> =>
  read.selectFrom((eb) => eb.selectFrom('agents').selectAll()
    .select((each) => each.fn.agg<number>('row_number').over((over) => over.partitionBy('location_id').orderBy('last_seen_at', 'desc').orderBy('id')).as('n'))
    .where('location_id', 'in', placeIds).as('seen')).selectAll()
    .where((eb) => eb.or([eb('n', '<=', GONE_SHOWN), eb('last_seen_at', '>', now - ALIVE_MS)])).execute();

function shownOf(agents: readonly AgentTable[], now: number): AgentTable[] {
  const alive = agents.filter((agent) => isAlive(agent, now)).sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  const gone = agents.filter((agent) => !isAlive(agent, now)).sort((a, b) => b.last_seen_at - a.last_seen_at);
  return [...alive, ...gone];
}

function present(agent: AgentTable, taken: Slots | undefined, now: number): Agent {
  return {
    id: agent.id, name: agent.name, version: agent.version, isAlive: isAlive(agent, now), firstSeenAt: iso(agent.first_seen_at), lastSeenAt: iso(agent.last_seen_at),
    slots: { light: agent.light_slots, heavy: agent.heavy_slots }, taken: taken ?? { light: 0, heavy: 0 },
    sandbox: agent.sandbox_says === null ? null : { level: agent.sandbox_level as 'strict' | null, says: agent.sandbox_says },
  };
}

/** Lanes are `<place>.<weight>`. */
function partsOf(lane: string): { place: string; weight: Weight } {
  const dot = lane.lastIndexOf('.');
  return { place: lane.slice(0, dot), weight: lane.slice(dot + 1) === 'heavy' ? 'heavy' : 'light' };
}

/** Runs with a lease, by agent. */
async function takenBy(read: Reads, agentIds: readonly string[]): Promise<Map<string, Slots>> {
  const taken = new Map<string, Slots>();
  if (agentIds.length === 0) return taken;
  const rows = await read.selectFrom('results').select((eb) => ['agent_id', 'lane', eb.fn.countAll<number>().as('runs')])
    .where('agent_id', 'in', agentIds).where('lease_until', 'is not', null).groupBy(['agent_id', 'lane']).execute();
  for (const { agent_id, lane, runs } of rows) {
    const slots = taken.get(agent_id ?? '') ?? { light: 0, heavy: 0 };
    slots[partsOf(lane).weight] += Number(runs);
    taken.set(agent_id ?? '', slots);
  }
  return taken;
}

/** What is due and in nobody's hands, by place. */
async function waitingIn(read: Reads, now: number): Promise<{ waiting: Map<string, Waiting>; isLeast: boolean }> {
  const rows = await read.selectFrom((eb) => eb.selectFrom('results').select(['lane', 'available_at'])
    .where('result_type', '=', 'PENDING').where('lease_until', 'is', null).where('available_at', '<=', now).orderBy('available_at').limit(MOST_WAITING).as('due'))
    .select((eb) => ['lane', eb.fn.countAll<number>().as('runs'), eb.fn.min('available_at').as('oldest')]).groupBy('lane').execute();
  const waiting = new Map<string, Waiting>();
  for (const { lane, runs, oldest } of rows) {
    const { place, weight } = partsOf(lane);
    const of = waiting.get(place) ?? { slots: { light: 0, heavy: 0 }, oldest: Infinity };
    of.slots[weight] += Number(runs);
    of.oldest = Math.min(of.oldest, Number(oldest));
    waiting.set(place, of);
  }
  return { waiting, isLeast: rows.reduce((all, { runs }) => all + Number(runs), 0) >= MOST_WAITING };
}
