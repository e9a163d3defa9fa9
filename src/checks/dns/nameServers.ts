/**
 * Which name servers a check asks, and in which order.
 * Promises: a server named by the check is the only one (B.9); without one, those it is handed, each once.
 */
import { isIP, isIPv6 } from 'node:net';
import { resolveHost } from '../kit/dial.ts';
import { DENIED, type Egress } from '../kit/egress.ts';
import { withDeadline } from '../kit/deadline.ts';
import type { NameServer } from './exchange.ts';

/** A server as configured: host name or address, and port. */
export interface ServerName { host: string; port: number }

const DNS_PORT = 53;

/** Reads `host`, `host:port`, `[v6]:port` or a bare IPv6 address; 53 where no port is named. */
export function parseServer(text: string): ServerName {
  if (isIPv6(text)) return { host: text, port: DNS_PORT };
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]*))(?::(\d+))?$/.exec(text) ?? [];
  return { host: bracketed ?? plain ?? text, port: port ? Number(port) : DNS_PORT };
}

/** The servers in the order they are asked. `fallbacks`, in the forms of `parseServer`, are for checks that name none. */
export function serversFor(request: { nameServer?: string; port?: number }, fallbacks: readonly string[]): ServerName[] {
  if (request.nameServer) {
    const { host } = parseServer(isIPv6(request.nameServer) ? request.nameServer : request.nameServer.replace(/:\d+$/, ''));
    return [{ host, port: request.port ?? DNS_PORT }];
  }
  const seen = new Set<string>();
  return fallbacks.map(parseServer).filter(({ host, port }) => {
    const key = `${host} ${port}`;
    return !seen.has(key) && seen.add(key);
  });
}

export type Located = { server: NameServer } | { code: string; reason: string };

/** The address of a server: IPv4 first, IPv6 where there is none. @param egress judges it; absent: it may be any. */
export async function locate(name: ServerName, limitMs: number, signal: AbortSignal, egress?: Egress): Promise<Located> {
  const early = egress?.beforeLookup(name.host, name.port) ?? null;
  if (early !== null) return { code: DENIED, reason: early };
  const located = await addressOf(name, limitMs, signal);
  const sentence = 'server' in located ? egress?.atAddress(name.host, name.port, located.server.address) ?? null : null;
  return sentence === null ? located : { code: DENIED, reason: sentence };
}

async function addressOf({ host, port }: ServerName, limitMs: number, signal: AbortSignal): Promise<Located> {
  if (isIP(host)) return { server: { address: host, port } };
  const found = await withDeadline(limitMs, signal, async (inner) => {
    const first = await resolveHost(host, 4, { signal: inner });
    if ('address' in first) return first;
    const second = await resolveHost(host, 6, { signal: inner });
    return 'address' in second ? second : first;
  });
  if (found.kind === 'timeout') return { code: 'SOCKET_TIMEOUT', reason: `The name server's name ${host} could not be resolved within ${Math.round(limitMs)} ms.` };
  if (found.kind === 'cancelled') return { code: 'ABORTED', reason: 'The run was cancelled.' };
  if ('error' in found.value) return { code: found.value.error.code, reason: `The name server's name ${host} could not be resolved: ${found.value.error.message}` };
  return { server: { address: found.value.address, port } };
}
