/**
 * What browsers say when their way out (a proxy in the sandbox) could not connect, put right: the reason that it really had.
 * Pure; as data, too, for whoever rewrites elsewhere.
 */
import { DENIED } from './egress.ts';

/** A connection that could not be made. `code`: the system's (ECONNREFUSED, ENOTFOUND…), DENIED for what may not be reached. */
export interface EgressFailure { host: string; port: number; code: string; says: string }

/** Text and what stands for it; to be applied in this order. */
export interface Rewrite { find: string; put: string }

const BROWSER_ERRORS: Readonly<Record<string, string>> = {
  [DENIED]: 'ERR_BLOCKED_BY_ADMINISTRATOR', ECONNREFUSED: 'ERR_CONNECTION_REFUSED', ECONNRESET: 'ERR_CONNECTION_RESET',
  ENOTFOUND: 'ERR_NAME_NOT_RESOLVED', EAI_AGAIN: 'ERR_NAME_NOT_RESOLVED', EAI_FAIL: 'ERR_NAME_NOT_RESOLVED', ENODATA: 'ERR_NAME_NOT_RESOLVED',
  ETIMEDOUT: 'ERR_CONNECTION_TIMED_OUT', EHOSTUNREACH: 'ERR_ADDRESS_UNREACHABLE', ENETUNREACH: 'ERR_ADDRESS_UNREACHABLE', EADDRNOTAVAIL: 'ERR_ADDRESS_INVALID',
};
const PROXY_ERRORS = ['net::ERR_SOCKS_CONNECTION_HOST_UNREACHABLE', 'net::ERR_SOCKS_CONNECTION_FAILED'];
const ANY = 'net::ERR_CONNECTION_FAILED';

/** The browser's words beside an address that failed (`… at https://shop.example/`), and then alone. */
export function rewritesOf(failures: readonly EgressFailure[]): Rewrite[] {
  // The last failure of a target is the one that its reader sees.
  const reasons = new Map(failures.flatMap((failure) => originsOf(failure).map((origin) => [origin, errorOf(failure)] as const)));
  const kinds = new Set(failures.map(errorOf));
  const alone = kinds.size === 1 ? [...kinds][0] ?? ANY : ANY;
  return PROXY_ERRORS.flatMap((error) => [
    ...[...reasons].map(([origin, reason]) => ({ find: `${error} at ${origin}`, put: `${reason} at ${origin}` })),
    ...(failures.length > 0 ? [{ find: error, put: alone }] : []),
  ]);
}

/** A function that puts the true reasons into a text. */
export function trueReasons(failures: readonly EgressFailure[]): (text: string) => string {
  const rewrites = rewritesOf(failures);
  return (text) => rewrites.reduce((done, { find, put }) => done.replaceAll(find, put), text);
}

const errorOf = ({ code }: EgressFailure): string => `net::${BROWSER_ERRORS[code] ?? 'ERR_CONNECTION_FAILED'}`;

/** As a browser writes them, with the slash that begins the path: another port does not begin like it. */
function originsOf({ host, port }: EgressFailure): string[] {
  const name = host.includes(':') ? `[${host}]` : host;
  return [['http', 80], ['https', 443]].map(([scheme, usual]) => `${scheme}://${name}${port === usual ? '' : `:${port}`}/`);
}
