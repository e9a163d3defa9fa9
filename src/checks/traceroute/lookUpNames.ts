/**
 * The names of the hops (PTR records), once the trace is over.
 * Promises: ends within its limit whatever the name servers do; what they have not said by then is left out; never rejects.
 */
import { Resolver } from 'node:dns/promises';
import { withDeadline } from '../kit/deadline.ts';

/** ms for all names together. */
export const NAMES_LIMIT_MS = 2_000;

export interface NameOptions {
  signal: AbortSignal;
  limitMs?: number;
  /** DNS servers to ask, `address:port`; the system's when absent. */
  servers?: readonly string[] | undefined;
}

/** Whoever owns an address may call it anything; what is no host name is not shown to people. */
const HOST_NAME = /^[\w-]+(\.[\w-]+)*$/;

/** Address -> name, for the addresses that have one. */
export async function lookUpNames(addresses: Iterable<string>, { signal, limitMs = NAMES_LIMIT_MS, servers }: NameOptions): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  const resolver = new Resolver({ timeout: limitMs, tries: 1 });
  if (servers) resolver.setServers(servers);
  const ask = async (address: string) => {
    const found = await resolver.reverse(address).catch(() => []);
    const name = found.find((one) => one.length <= 253 && HOST_NAME.test(one));
    if (name !== undefined) names.set(address, name);
  };
  await withDeadline(limitMs, signal, async () => { await Promise.all([...new Set(addresses)].map(ask)); });
  resolver.cancel();
  // A copy: an answer that comes late must not change what was handed out.
  return new Map(names);
}
