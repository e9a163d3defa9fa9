/**
 * The settings page about keys (I.1, I.2): who may see, make and end which key.
 * Admins look after the account's service keys; everybody after their own personal ones. A personal key opens all accounts of its
 * person, so that nobody of one account ends it for them. Promises: a plain key is in one answer, which nobody keeps.
 */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { ListedKey } from '../../accounts/listKeys.ts';
import type { Role } from '../../contract/checkTypes.ts';
import { refuse } from '../../contract/errors.ts';
import { KeyList, KeyWish, NewKey, type Key } from '../../contract/pages/settings.ts';
import { allows, requireRole } from '../authenticate.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { accountInPath, uuidParams } from '../pathIds.ts';
import { iso, isoOrNull } from '../presentResult.ts';
import { refusals } from '../refusals.ts';

const SERVICE_KEYS_ROLE = 'ADMIN';

interface Caller { accountId: string; role: Role; keyId: string; userId: string | null }
const callerOf = (request: FastifyRequest): Caller => {
  const { keyId, userId } = request.key;
  return { ...accountInPath(request, (request.params as { accountId: string }).accountId), keyId, userId };
};

const isOwn = (key: ListedKey, { userId }: Caller): boolean => key.user !== null && key.user.id === userId;
const mayRevoke = (key: ListedKey, caller: Caller): boolean => isOwn(key, caller) || (key.kind === 'service' && allows(caller.role, SERVICE_KEYS_ROLE));

const present = (key: ListedKey, caller: Caller): Key => ({
  id: key.id, kind: key.kind, name: key.name, owner: key.user?.name ?? null, maskedKey: key.masked, role: key.role, createdAt: iso(key.createdAt),
  lastUsedAt: isoOrNull(key.lastUsedAt), isCurrent: key.id === caller.keyId, mayRevoke: mayRevoke(key, caller),
});

export async function keyPagesRoutes(app: Api, { accounts }: ApiDeps): Promise<void> {
  const path = '/web/accounts/:accountId/keys';
  const config = { access: 'key' } as const;

  app.get(path, { config, schema: { hide: true, params: uuidParams('accountId'), response: { 200: KeyList, ...refusals(400, 404) } } }, async (request) => {
    const caller = callerOf(request);
    const looksAfter = allows(caller.role, SERVICE_KEYS_ROLE);
    const keys = await accounts.listKeys(caller.accountId);
    return {
      keys: keys.filter((key) => looksAfter || isOwn(key, caller) || key.id === caller.keyId).map((key) => present(key, caller)),
      mayCreate: [...(looksAfter ? ['service' as const] : []), ...(caller.userId === null ? [] : ['user' as const])], isWhole: looksAfter,
    };
  });

  app.post(path, {
    config, schema: { hide: true, params: uuidParams('accountId'), body: KeyWish, response: { 201: NewKey, ...refusals(400, 403, 404) } },
  }, async (request, reply) => {
    const { accountId, role: callersRole, userId } = callerOf(request);
    const { kind, role } = request.body;
    const name = request.body.name.trim();
    reply.code(201).header('cache-control', 'no-store');
    if (kind === 'service') {
      requireRole(callersRole, SERVICE_KEYS_ROLE);
      if (role === undefined) throw refuse.badRequest('body/role is needed for a service key.');
      return accounts.createServiceKey({ accountId, role, name });
    }
    if (role !== undefined) throw refuse.badRequest('body/role must not be given for a personal key: it has the role of its person.');
    if (userId === null) throw refuse.badRequest('body/kind must be service: you came with a service key, which is nobody\'s.');
    return accounts.createUserKey({ userId, name });
  });

  app.delete(`${path}/:keyId`, {
    config, schema: { hide: true, params: uuidParams('accountId', 'keyId'), response: { 204: Type.Null(), ...refusals(400, 403, 404) } },
  }, async (request, reply) => {
    const caller = callerOf(request);
    const key = (await accounts.listKeys(caller.accountId)).find(({ id }) => id === request.params.keyId.toLowerCase());
    if (!key) throw refuse.notFound('Key', request.params.keyId);
    if (!mayRevoke(key, caller)) {
      requireRole(caller.role, SERVICE_KEYS_ROLE);
      throw refuse.othersKey();
    }
    await accounts.revokeKey(key.id);
    return reply.code(204).send(null);
  });
}
