/**
 * The address of a target that no library connects to: by asking DNS directly, or by the operating system where the agent is told so (H.3).
 * Promises: the family is strict; failures are data with the codes of B.8; settles when the signal aborts.
 */
import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { withDeadline } from './deadline.ts';
import { describeNetworkError, resolveAllowed, resolveHost, type NetworkFault, type Resolved } from './dial.ts';
import type { ProbeContext } from './probe.ts';

export interface ResolveOptions {
  signal: AbortSignal;
  useOsResolver: boolean;
  /** DNS servers to ask, `address:port`; the system's when absent. */
  servers?: readonly string[];
}

/** Addresses and localhost need no question to anybody, hence no time limit. */
const needsNoQuestion = (hostname: string): boolean => isIP(hostname.replace(/^\[|\]$/g, '')) > 0 || hostname.toLowerCase() === 'localhost';

/**
 * An address of the target that the rules of the run allow, within `limitMs`; running out of time is SOCKET_TIMEOUT. `cancelled`: the
 * run's signal came first.
 */
export async function resolveWithin(
  limitMs: number, { hostname, port, ipFamily }: { hostname: string; port: number; ipFamily: string }, { signal: cancel, net }: Pick<ProbeContext, 'signal' | 'net'>,
): Promise<Resolved | 'cancelled'> {
  const ask = (signal: AbortSignal) => resolveAllowed(net.egress, hostname, port,
    () => resolveTarget(hostname, ipFamily === 'IPv6' ? 6 : 4, { signal, useOsResolver: net.useOsResolver }));
  if (needsNoQuestion(hostname)) return cancel.aborted ? 'cancelled' : ask(cancel);
  const found = await withDeadline(limitMs, cancel, ask);
  if (found.kind === 'cancelled') return 'cancelled';
  if (found.kind === 'done') return found.value;
  const error: NetworkFault = { code: 'SOCKET_TIMEOUT', message: `${hostname} could not be resolved within ${limitMs} ms`, address: hostname, port };
  return { error };
}

/** One address of `hostname` in the family, or the error object of B.8. */
export async function resolveTarget(hostname: string, family: 4 | 6, options: ResolveOptions): Promise<Resolved> {
  if (options.useOsResolver || needsNoQuestion(hostname)) return resolveHost(hostname, family, { signal: options.signal });
  const resolver = new Resolver();
  if (options.servers) resolver.setServers(options.servers);
  const cancel = () => resolver.cancel();
  options.signal.addEventListener('abort', cancel);
  try {
    const [address] = family === 4 ? await resolver.resolve4(hostname) : await resolver.resolve6(hostname);
    return address ? { address } : { error: notFound(hostname, family) };
  } catch (error) {
    const fault = describeNetworkError(error);
    // A name without an address of this family is as unreachable as no name at all; clients know ENOTFOUND.
    if (fault.code === 'ENODATA' || fault.code === 'ENOTFOUND') return { error: notFound(hostname, family) };
    return { error: { ...fault, hostname } };
  } finally {
    options.signal.removeEventListener('abort', cancel);
  }
}

function notFound(hostname: string, family: 4 | 6) {
  const syscall = family === 4 ? 'queryA' : 'queryAaaa';
  return { code: 'ENOTFOUND', syscall, hostname, message: `${syscall} ENOTFOUND ${hostname}` };
}
