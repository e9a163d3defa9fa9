/** The rules that one run's connections are judged by: those of its location, those of this agent, and the ports that are Assay's own. */
import { networkInterfaces } from 'node:os';
import { isIP } from 'node:net';
import { createEgress, plainHost, type Egress, type Endpoint } from '../../checks/kit/egress.ts';
import { SHARED_EGRESS, type EgressPolicy } from '../../contract/egress.ts';
import type { Assignment } from '../../protocol/assignment.ts';
import { lookUpAll } from './lookUpAll.ts';

/** What an agent adds by itself. */
export interface AgentEgress {
  /** Restricts what locations allow. */
  policy: EgressPolicy;
  /** The server that it works for. */
  own: readonly Endpoint[];
}

/** ms that the addresses of Assay's own names are believed. */
const NAMES_MS = 30_000;
/** Behind these ports many names share an address: it is not Assay's alone. */
const SHARED_PORTS = [80, 443];

/** @param tick monotonic ms. Throws for rules that cannot be read: an agent that does not understand its rules runs nothing. */
export function createRunEgress(agent: AgentEgress | undefined, tick: () => number): (assignment: Pick<Assignment, 'egress'>) => Promise<Egress> {
  const known = new Map<string, { until: number; addresses: Promise<string[]> }>();
  const addressesOf = (host: string): Promise<string[]> => {
    const entry = known.get(host);
    if (entry && entry.until > tick()) return entry.addresses;
    const addresses = lookUpAll(host, 0).then((found) => ('error' in found ? [] : found.addresses.map(({ address }) => address)));
    known.set(host, { until: tick() + NAMES_MS, addresses });
    return addresses;
  };
  return async ({ egress }) => {
    const { own = [], ...given } = egress ?? { ...SHARED_EGRESS, own: [] };
    const named = [...own, ...agent?.own ?? []];
    const resolved = await Promise.all(named.filter(({ host, port }) => !isIP(plainHost(host)) && !SHARED_PORTS.includes(port))
      .map(async ({ host, port }) => (await addressesOf(plainHost(host))).map((address) => ({ host: address, port }))));
    return createEgress({
      policies: [{ ...given, of: 'location' }, ...(agent ? [{ ...agent.policy, of: 'agent' as const }] : [])],
      own: [...named, ...resolved.flat()],
      local: Object.values(networkInterfaces()).flatMap((list) => list ?? []).map(({ address }) => address),
    });
  };
}
