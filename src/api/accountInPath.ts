/** The account that a path of the pages names: a browser's own requests carry no headers of ours. */
import type { FastifyRequest } from 'fastify';
import { refuse } from '../contract/errors.ts';
import type { Role } from '../contract/checkTypes.ts';
import { requireRole } from './authenticate.ts';

/** For routes with access `key`. Throws 404 where the key does not open the account, 403 where its role is weaker than `needed`. @returns the caller's role. */
export function accountInPath(request: FastifyRequest, accountId: string, needed: Role = 'READ_ONLY'): Role {
  const account = request.key.accounts.find((one) => one.accountId === accountId.toLowerCase());
  if (!account) throw refuse.notFound('Account', accountId);
  requireRole(account.role, needed);
  return account.role;
}
