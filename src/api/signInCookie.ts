/** The cookie that keeps a browser signed in: no script can read it, and no other site can make a browser send it (I.1 for pages). */
import { parseCookie, stringifySetCookie } from 'cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SIGN_IN_MS } from '../accounts/signIns.ts';

const NAME = 'assay_sign_in';

/** The token that a browser sends, if it sends one. */
export function signInOf(request: FastifyRequest): string | undefined {
  const { cookie } = request.headers;
  return cookie?.includes(NAME) ? parseCookie(cookie)[NAME] || undefined : undefined;
}

/** @param secure whether the server is reached over HTTPS alone. An empty token takes the cookie away. */
export function setSignIn(reply: FastifyReply, token: string, secure: boolean): void {
  reply.header('set-cookie', stringifySetCookie({
    name: NAME, value: token, httpOnly: true, sameSite: 'strict', path: '/', secure, maxAge: token === '' ? 0 : SIGN_IN_MS / 1000,
  }));
}

const HARMLESS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** Whether a request that changes something comes from a page of another site. Browsers name the page's origin on all of them. */
export function isForeignPage(request: FastifyRequest): boolean {
  if (HARMLESS.includes(request.method)) return false;
  const origin = URL.parse(request.headers.origin ?? '');
  return origin === null || origin.host !== request.headers.host;
}
