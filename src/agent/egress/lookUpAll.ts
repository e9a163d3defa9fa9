/** All addresses of a name, as the agent's machine knows them. */
import { lookup } from 'node:dns/promises';
import { describeNetworkError, type NetworkFault } from '../../checks/kit/dial.ts';

export interface Address { address: string; family: 4 | 6 }

/** @param family 0 for both. Never rejects; an answer has at least one address. */
export async function lookUpAll(host: string, family: 0 | 4 | 6): Promise<{ addresses: Address[] } | { error: NetworkFault }> {
  // Not left to the system: some hosts files know localhost in one family only.
  if (host === 'localhost') {
    const both: Address[] = [{ address: '127.0.0.1', family: 4 }, { address: '::1', family: 6 }];
    return { addresses: both.filter((one) => family === 0 || one.family === family) };
  }
  try {
    const found = await lookup(host, { all: true, family });
    const addresses = found.map(({ address, family: is }): Address => ({ address, family: is === 6 ? 6 : 4 }));
    return addresses.length > 0 ? { addresses } : { error: { code: 'ENOTFOUND', message: `getaddrinfo ENOTFOUND ${host}`, syscall: 'getaddrinfo', hostname: host } };
  } catch (error) {
    return { error: { ...describeNetworkError(error), hostname: host } };
  }
}
