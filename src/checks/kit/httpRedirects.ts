/** Sends a request and follows its redirects (B.6), each hop over a fresh connection. */
import { basicAuthorization } from './basicAuthorization.ts';
import { openConnection, type Dialer } from './httpConnection.ts';
import { exchange, type Head, type HeaderLine, type HttpMessage } from './httpExchange.ts';
import type { HttpBody } from './httpBody.ts';
import type { HopMarks } from './httpTimings.ts';

/** Redirects followed at most. */
const MAX_REDIRECTS = 10;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const BODY_HEADERS = new Set(['content-length', 'content-type', 'content-encoding', 'content-language', 'content-location', 'transfer-encoding', 'expect']);
const CREDENTIALS = new Set(['authorization', 'cookie', 'proxy-authorization', 'host']);

/** The last answer and the way to it. */
export interface Answer { head: Head; body: HttpBody; url: URL; marks: HopMarks }

/**
 * Sends `first`, following redirects when asked to. `start` is the tick at which the first
 * hop began; `onAnswered` is called when the head of the last answer has arrived.
 * Rejects with the network's error, or with a sentence for a bad redirect and for more than MAX_REDIRECTS of them.
 */
export async function sendFollowing(
  first: HttpMessage, followRedirects: boolean, dialer: Dialer, start: number, onAnswered: () => void,
): Promise<Answer> {
  let message = first;
  for (let redirects = 0; ; redirects++) {
    const { url } = message;
    const marks: HopMarks = { begun: redirects === 0 ? start : dialer.tick(), socket: 0, lookup: 0, connect: 0, response: 0 };
    const socket = await openConnection(url, dialer, marks);
    const { head, body } = await exchange(socket, ...overProxy(message, dialer), (arrived) => {
      marks.response = dialer.tick();
      const last = !followRedirects || !isRedirect(arrived);
      if (last) onAnswered();
      return last;
    });
    if (body) return { head, body, url, marks };
    if (redirects === MAX_REDIRECTS) throw new Error(`Stopped after ${MAX_REDIRECTS} redirects, the last one to ${head.headers.location}`);
    message = nextMessage(message, head);
    dialer.log('INFO', `${head.status} redirects to ${message.method} ${message.url.href}`);
  }
}

function isRedirect(head: Head): boolean {
  return REDIRECTS.has(head.status) && Boolean(head.headers.location);
}

/** A plain request through a proxy names the whole URL and carries the proxy's credentials, which no record shows. */
function overProxy(message: HttpMessage, { proxy }: Dialer): [HttpMessage, string] {
  const { url } = message;
  const path = url.pathname + url.search;
  if (!proxy || url.protocol === 'https:') return [message, path];
  const headers = proxy.authorization ? [...message.headers, ['Proxy-Authorization', proxy.authorization] as const] : message.headers;
  return [{ ...message, headers }, `${url.protocol}//${url.host}${path}`];
}

/**
 * The request that follows a redirect: 303, and 301/302 after POST, become GET without a body; credentials do not go to
 * another host or port, nor from https to http. Throws when the location is no http(s) URL.
 */
export function nextMessage(message: HttpMessage, head: Head): HttpMessage {
  // Servers put UTF-8 into this header, which Node reads byte by byte.
  const location = Buffer.from(head.headers.location ?? '', 'latin1').toString('utf8');
  const url = URL.parse(location, message.url.href);
  if (!url || !/^https?:$/.test(url.protocol)) throw new Error(`The server redirects to an address that cannot be followed: ${location}`);

  const toGet = (head.status === 303 && message.method !== 'HEAD')
    || ((head.status === 301 || head.status === 302) && message.method === 'POST');
  const sameHost = url.hostname === message.url.hostname && url.port === message.url.port
    && !(message.url.protocol === 'https:' && url.protocol === 'http:');
  const headers = message.headers.filter(([name]) => {
    const lower = name.toLowerCase();
    return !(toGet && BODY_HEADERS.has(lower)) && (sameHost || !CREDENTIALS.has(lower));
  });
  if (!sameHost) headers.unshift(['Host', url.host]);
  const authorization = basicAuthorization(url);
  if (authorization) replaceAuthorization(headers, authorization);
  url.username = '';
  url.password = '';
  return { method: toGet ? 'GET' : message.method, url, headers, body: toGet ? null : message.body };
}

function replaceAuthorization(headers: HeaderLine[], value: string): void {
  const at = headers.findIndex(([name]) => name.toLowerCase() === 'authorization');
  headers.splice(at < 0 ? headers.length : at, at < 0 ? 0 : 1, ['Authorization', value]);
}
