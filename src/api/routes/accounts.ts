/** Accounts as the CLI and the public API ask for them, the calling user, and what an account is entitled to: everything. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Account as StoredAccount } from '../../accounts/createAccounts.ts';
import { Account, CallingUser, Entitlements, type Entitlement } from '../../contract/accounts.ts';
import { CHECK_TYPES, REGIONS } from '../../contract/checkTypes.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { accountInPath, uuidParams } from '../pathIds.ts';
import { refusals } from '../refusals.ts';

const PLAN = { plan: 'self-hosted', planDisplayName: 'Self-hosted', addons: {} };

const present = ({ id, name, runtimeId }: StoredAccount): Account =>
  ({ id, name, runtimeId, ...PLAN, settings: {}, alertSettings: {}, features: [] });

function flag(key: string, name: string): Entitlement {
  return { key, name, description: `${name}, without a limit.`, type: 'flag', enabled: true };
}
const ENTITLEMENTS: Entitlement[] = [
  ...CHECK_TYPES.map((type) => flag(`${type}_CHECKS`, `${type} checks`)),
  flag('TEST_SESSIONS', 'Test sessions'), flag('PRIVATE_LOCATIONS', 'Private locations'), flag('CLIENT_CERTIFICATES', 'Client certificates'),
  flag('ENVIRONMENT_VARIABLES', 'Environment variables'), flag('MEMBERS', 'Members'), flag('SERVICE_API_KEYS', 'Service keys'),
];
const ALL_ENTITLED = {
  ...PLAN,
  locations: { all: Object.entries(REGIONS).map(([id, name]) => ({ id, name, available: true })), maxPerCheck: Object.keys(REGIONS).length },
  entitlements: ENTITLEMENTS,
};

/** The lists and single accounts, under the CLI's path and the public one. */
function addAccounts(app: Api, { accounts }: ApiDeps): void {
  const config = { access: 'key' } as const;
  for (const path of ['/next/accounts', '/v1/accounts']) {
    app.get(path, { config, schema: { response: { 200: Type.Array(Account) } } }, async (request) =>
      Promise.all(request.key.accounts.map(async ({ accountId }) => present(await accounts.getAccount(accountId)))));
    app.get(`${path}/:accountId`, {
      config, schema: { params: uuidParams('accountId'), response: { 200: Account, ...refusals(400, 404) } },
    }, async (request) => present(await accounts.getAccount(accountInPath(request, request.params.accountId).accountId)));
  }
}

async function callingUser(accounts: ApiDeps['accounts'], { key }: FastifyRequest) {
  return key.userId === null ? { id: key.keyId, name: key.name } : accounts.getUser(key.userId);
}

export async function accountsRoutes(app: Api, deps: ApiDeps): Promise<void> {
  const { accounts } = deps;
  addAccounts(app, deps);
  app.get('/v1/accounts/me', { schema: { response: { 200: Account, ...refusals(404) } } },
    async (request) => present(await accounts.getAccount(request.principal.accountId)));
  app.get('/next/users/me', { config: { access: 'key' }, schema: { response: { 200: CallingUser } } },
    async (request) => callingUser(accounts, request));
  app.get('/v1/accounts/me/entitlements', { schema: { response: { 200: Entitlements, ...refusals(404) } } }, async () => ALL_ENTITLED);
  app.get('/v1/accounts/:accountId/entitlements', {
    config: { access: 'key' }, schema: { params: uuidParams('accountId'), response: { 200: Entitlements, ...refusals(400, 404) } },
  }, async (request) => {
    accountInPath(request, request.params.accountId);
    return ALL_ENTITLED;
  });
}
