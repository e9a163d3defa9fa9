/**
 * Who calls, and for which account (I.1, I.2).
 * Promises: a route without a word about access is closed to callers without a key to an account; the refusal is sent
 * before a body is read. Never: a look into the store on its own (the accounts room looks up and remembers).
 */
import type { FastifyRequest, HookHandlerDoneFunction, onRequestHookHandler } from 'fastify';
import type { KeyHolder } from '../accounts/keys.ts';
import type { LocationHolder } from '../accounts/locations.ts';
import { ROLES, type Role } from '../contract/checkTypes.ts';
import { Refusal, refuse } from '../contract/errors.ts';
import type { ApiDeps } from './deps.ts';
import { isForeignPage, signInOf } from './signInCookie.ts';

/** A caller in one account. */
export interface Principal { keyId: string; userId: string | null; accountId: string; role: Role; name: string }

/**
 * account: a user or service key and the account it speaks for (the default).
 * key: a user or service key; the account may stay open, as where accounts are listed.
 * location: an agent's `pl_…` key. public: anyone.
 */
export type Access = 'account' | 'key' | 'location' | 'public';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    /** The weakest role that may call the route; absent: every role. With access `account` only. */
    role?: Role;
  }
  interface FastifyRequest {
    /** The caller; there on routes with access `account`. */
    principal: Principal;
    /** The key's holder; there on routes with access `account` or `key`. */
    key: KeyHolder;
    /** The agent's place; there on routes with access `location`. */
    location: LocationHolder;
    /** Why the call will be turned down: kept until the rate limit has counted it. */
    refusal: Refusal | null;
  }
}

const BEARER = /^Bearer +(\S+)$/i;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether `role` is `needed` or stronger. */
export const allows = (role: Role, needed: Role): boolean => ROLES.indexOf(role) <= ROLES.indexOf(needed);

/** Throws 403 unless `role` is `needed` or stronger. */
export function requireRole(role: Role, needed: Role): void {
  if (!allows(role, needed)) throw refuse.roleTooLow(needed);
}

/** The account that a header names, or the only one a key has. Throws 400 when that is unclear, 403 when it is not theirs. */
function chooseAccount(key: KeyHolder, header: string | undefined): KeyHolder['accounts'][number] {
  if (header !== undefined) {
    const lower = header.toLowerCase();
    const account = key.accounts.find((one) => one.accountId === lower);
    if (account) return account;
    if (!UUID.test(header)) throw refuse.badRequest('headers/x-checkly-account must match format "uuid".');
    throw refuse.notYours(header);
  }
  const [only, another] = key.accounts;
  if (!only) throw refuse.notYours('of any kind');
  if (another) throw refuse.badRequest('headers/x-checkly-account is needed: this key opens several accounts.');
  return only;
}

/** The request speaks for the key's holder. Throws where the key does not open the account that is asked for, or its role is too low. */
function speakFor(request: FastifyRequest, key: KeyHolder, access: Access, role: Role | undefined): void {
  request.key = key;
  const header = request.headers['x-checkly-account'];
  if (access === 'key' && header === undefined) return;
  const account = chooseAccount(key, Array.isArray(header) ? header.join() : header);
  request.principal = { keyId: key.keyId, userId: key.userId, accountId: account.accountId, role: account.role, name: key.name };
  if (role) requireRole(account.role, role);
}

async function lookUp(request: FastifyRequest, raw: string, accounts: ApiDeps['accounts'], access: Access, role: Role | undefined): Promise<void> {
  if (access === 'location') {
    const location = await accounts.findLocationKey(raw);
    if (!location) throw refuse.badToken();
    request.location = location;
    return;
  }
  const key = await accounts.findPrincipal(raw);
  if (!key) throw refuse.badToken();
  speakFor(request, key, access, role);
}

/**
 * A page that somebody signed in to: it speaks with a cookie instead of a key. Browsers send cookies along with what other
 * sites make them do, so what changes something must come from a page of this server.
 */
async function lookUpSignIn(request: FastifyRequest, token: string, accounts: ApiDeps['accounts'], access: Access, role: Role | undefined): Promise<void> {
  const key = accounts.recallSignIn(token) ?? await accounts.findSignIn(token);
  if (!key) throw refuse.badToken();
  if (isForeignPage(request)) throw refuse.foreignPage();
  speakFor(request, key, access, role);
}

/** The first hook of a request: finds out who calls. A refusal waits in `request.refusal` for `admit`. */
export function identifyCaller({ accounts }: ApiDeps): onRequestHookHandler {
  return (request, _reply, done) => {
    const { access = 'account', role } = request.routeOptions.config;
    if (access === 'public' || request.is404) return done();
    const refused = (error: unknown) => {
      if (!(error instanceof Refusal)) return done(error as Error);
      request.refusal = error;
      done();
    };
    const raw = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (raw === undefined) {
      const token = access === 'location' ? undefined : signInOf(request);
      return token === undefined ? refused(refuse.badToken()) : void lookUpSignIn(request, token, accounts, access, role).then(() => done(), refused);
    }
    // Nearly every caller was here a moment ago: to wait for what is known would cost half of the whole answer.
    const known = access === 'location' ? undefined : accounts.recallPrincipal(raw);
    if (!known) return void lookUp(request, raw, accounts, access, role).then(() => done(), refused);
    try {
      speakFor(request, known, access, role);
    } catch (error) {
      return refused(error);
    }
    done();
  };
}

/** Sends the refusal, after the rate limit and before the body. */
export function admit(request: FastifyRequest, _reply: unknown, _payload: unknown, done: HookHandlerDoneFunction): void {
  done(request.refusal ?? undefined);
}
