/** Ids in paths: a malformed one is a 400 by schema, the one of another account a 404 (I.1, I.4). */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Uuid } from '../contract/base.ts';
import type { Role } from '../contract/checkTypes.ts';
import { refuse } from '../contract/errors.ts';

/** The path parameters of these names, each a uuid. */
export const uuidParams = <const N extends string>(...names: N[]) =>
  Type.Object(Object.fromEntries(names.map((name) => [name, Uuid])) as Record<N, typeof Uuid>);

/** The account of a path and the caller's role in it: any account of the key, whatever the header says. */
export function accountInPath(request: FastifyRequest, accountId: string): { accountId: string; role: Role } {
  const account = request.key.accounts.find((one) => one.accountId === accountId.toLowerCase());
  if (!account) throw refuse.notFound('Account', accountId);
  return account;
}
