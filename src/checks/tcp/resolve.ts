/**
 * The address of a TCP target: by asking DNS directly, or by the operating system where the agent is told so (H.3).
 * Promises: the family is strict; failures are data with the codes of B.8; settles when the signal aborts.
 */
import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { describeNetworkError, resolveHost, type Resolved } from '../kit/dial.ts';

export interface ResolveOptions {
  signal: AbortSignal;
  useOsResolver: boolean;
  /** DNS servers to ask, `address:port`; the system's when absent. */
  servers?: readonly string[];
}

/** Addresses and localhost need no question to anybody, hence no time limit. */
export const needsNoQuestion = (hostname: string): boolean => isIP(hostname.replace(/^\[|\]$/g, '')) > 0 || hostname.toLowerCase() === 'localhost';

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
