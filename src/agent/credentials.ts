/** The credentials inside an assignment that nobody has marked secret: header values, passwords, the proxy's user. */
import { isCredentialHeader } from '../checks/kit/redact.ts';
import type { Assignment } from '../protocol/assignment.ts';

/** Fills in the templates of a text. */
type Render = (text: string) => string;

/** The places where settings keep credentials: those of HTTP, and the metadata of gRPC; settings of other types have none of these keys. */
interface Places {
  url?: unknown;
  headers?: unknown;
  queryParameters?: unknown;
  basicAuth?: unknown;
  grpcConfig?: unknown;
}

/** A shorter header value is a word like "true", and to scrub it would make results unreadable. */
const SHORTEST = 6;

/**
 * Texts to scrub from whatever the run leaves: values of credential headers and parameters (also without their scheme, and
 * cookie by cookie), passwords of basic auth with what it sends, users and passwords inside of addresses.
 */
export function credentialsOf({ settings, proxyUrl }: Pick<Assignment, 'settings' | 'proxyUrl'>, render: Render): string[] {
  const { request, group } = (settings ?? {}) as { request?: Places; group?: { apiCheckDefaults?: Places | null } | null };
  const places = [request, group?.apiCheckDefaults].filter((place): place is Places => typeof place === 'object' && place !== null);
  return [...new Set([...places.flatMap((place) => credentialsIn(place, render)), ...userInfo(proxyUrl, render)])];
}

function credentialsIn({ url, headers, queryParameters, basicAuth, grpcConfig }: Places, render: Render): string[] {
  const { metadata } = (grpcConfig ?? {}) as { metadata?: unknown };
  const pairs = [headers, queryParameters, metadata].flatMap((list) => (Array.isArray(list) ? list as { key?: unknown; value?: unknown }[] : []));
  const values = pairs.flatMap(({ key, value }) => (typeof key === 'string' && typeof value === 'string' && isCredentialHeader(key) ? [render(value)] : []));
  const { username, password } = (basicAuth ?? {}) as { username?: unknown; password?: unknown };
  return [
    ...values.flatMap(partsOf).filter((part) => part.length >= SHORTEST),
    ...(typeof username === 'string' && typeof password === 'string' && password !== '' ? login(render(username), render(password)) : []),
    ...userInfo(url, render),
  ];
}

/** The value, what follows its scheme, and the values of its cookies. A user and password in base64 are given in plain, too. */
function partsOf(value: string): string[] {
  const [, scheme, rest] = /^([A-Za-z][\w-]*) +(\S.*)$/.exec(value.trim()) ?? [];
  const cookies = value.includes('=') ? value.split(';').map((cookie) => cookie.slice(cookie.indexOf('=') + 1).trim()) : [];
  const plain = scheme?.toLowerCase() === 'basic' && rest ? Buffer.from(rest, 'base64').toString('utf8') : '';
  const colon = plain.indexOf(':');
  return [value, ...(rest ? [rest] : []), ...cookies, ...(colon > 0 ? login(plain.slice(0, colon), plain.slice(colon + 1)) : [])];
}

/** The redactor looks for the base64 form of each of them by itself. */
const login = (username: string, password: string): string[] => [password, `${username}:${password}`];

function userInfo(address: unknown, render: Render): string[] {
  if (typeof address !== 'string') return [];
  const url = URL.parse(render(address).trim());
  if (!url) return [];
  // A token is often given as the user alone.
  if (url.password === '') return url.username.length >= SHORTEST ? [url.username] : [];
  return [url.password, ...login(decoded(url.username), decoded(url.password))];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone percent sign stands for itself
  }
}
