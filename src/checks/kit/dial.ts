/**
 * From a host name to one address of one family, and from a socket's error to the contract's words.
 * Promises: the family is strict (B.6, B.8); failures are data, never thrown.
 * Never: a connection.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { DENIED, type Egress } from './egress.ts';

/** What is known about a network failure (B.8). `errno` is the system's negative number. */
export interface NetworkFault {
  code: string; message: string;
  syscall?: string; address?: string; port?: number; hostname?: string; errno?: number;
}

export type Resolved = { address: string } | { error: NetworkFault };

/**
 * Asks the operating system for an address of `hostname`. Brackets around an IPv6 literal are taken off; a literal of
 * the other family answers ERR_INVALID_IP_ADDRESS; a cancelled `signal` answers ABORT_ERR at once.
 */
export async function resolveHost(hostname: string, family: 4 | 6, { signal }: { signal: AbortSignal }): Promise<Resolved> {
  const host = /^\[.*\]$/.test(hostname) ? hostname.slice(1, -1) : hostname;
  const literal = isIP(host);
  if (literal === family) return { address: host };
  if (literal) return { error: { code: 'ERR_INVALID_IP_ADDRESS', message: `${host} is not an IPv${family} address`, hostname: host } };
  // Not left to the system: some hosts files know localhost in one family only.
  if (host.toLowerCase() === 'localhost') return { address: family === 4 ? '127.0.0.1' : '::1' };
  if (host === '') return { error: { code: 'ENOTFOUND', message: 'the host name is empty', hostname: host } };

  const aborted = Promise.withResolvers<Resolved>();
  const abort = () => aborted.resolve({ error: { code: 'ABORT_ERR', message: 'the run was cancelled', hostname: host } });
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    // The system call itself cannot be cancelled; its late answer is dropped.
    const asked = (async (): Promise<Resolved> => ({ address: (await lookup(host, { family })).address }))()
      .catch((error: unknown): Resolved => ({ error: { ...describeNetworkError(error), hostname: host } }));
    return await Promise.race([aborted.promise, asked]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** `resolve`, with its host and its answer judged. `port`: null where there is none. A denial has the code DENIED and is its message. */
export async function resolveAllowed(egress: Egress | undefined, host: string, port: number | null, resolve: () => Promise<Resolved>): Promise<Resolved> {
  const denied = (message: string): Resolved => ({ error: { code: DENIED, message, hostname: host, ...(port === null ? {} : { port }) } });
  const early = egress?.beforeLookup(host, port) ?? null;
  if (early !== null) return denied(early);
  const found = await resolve();
  if ('error' in found) return found;
  const sentence = egress?.atAddress(host, port, found.address) ?? null;
  return sentence === null ? found : denied(sentence);
}

/** The facts of a thrown network error; looks into causes and, where several addresses were tried, at the first failure. */
export function describeNetworkError(error: unknown): NetworkFault {
  const source = innermost(error);
  const text = (key: string) => (typeof source[key] === 'string' && source[key] !== '' ? { [key]: source[key] } : {});
  const number = (key: string) => (typeof source[key] === 'number' ? { [key]: source[key] } : {});
  const code = typeof source.code === 'string' ? source.code : source.name === 'AbortError' ? 'ABORT_ERR' : 'UNKNOWN';
  const message = typeof source.message === 'string' && source.message !== '' ? source.message : code;
  return {
    code, message,
    ...text('syscall'), ...text('address'), ...number('port'), ...text('hostname'), ...number('errno'),
  };
}

/** The error that carries a code, down a bounded chain of wrappers. */
function innermost(error: unknown): Record<string, unknown> {
  let current: unknown = error;
  for (let depth = 0; depth < 8; depth++) {
    if (typeof current !== 'object' || current === null) break;
    const inner = (current as { errors?: unknown[] }).errors?.[0] ?? (current as { cause?: unknown }).cause;
    const wraps = current instanceof AggregateError || typeof (current as { code?: unknown }).code !== 'string';
    if (!wraps || typeof inner !== 'object' || inner === null) return current as Record<string, unknown>;
    current = inner;
  }
  return typeof current === 'object' && current !== null ? current as Record<string, unknown> : { message: String(current) };
}

const NETWORK_CODES = new Set([
  // name resolution, by the system and by the DNS client
  'ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME', 'ENODATA', 'ESERVFAIL', 'EREFUSED', 'ETIMEOUT',
  // connection
  'ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN',
  'ENETRESET', 'EADDRNOTAVAIL',
  // time
  'ETIMEDOUT', 'ESOCKETTIMEDOUT', 'SOCKET_TIMEOUT',
]);

/** True for the failures that `onlyOn: NETWORK_ERROR` retries (A.7): the network gave no answer. Bad certificates are not among them. */
export function isNetworkError(code: string): boolean {
  return NETWORK_CODES.has(code);
}
