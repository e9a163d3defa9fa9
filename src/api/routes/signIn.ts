/** Signing in to the pages with a key, or with a link that the terminal prints (I.1 for pages). */
import { Type } from 'typebox';
import { ROLES } from '../../contract/checkTypes.ts';
import { OneOf, Uuid } from '../../contract/base.ts';
import { refuse } from '../../contract/errors.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { refusals } from '../refusals.ts';
import { setSignIn, signInOf } from '../signInCookie.ts';

const Me = Type.Object({
  name: Type.String(), userId: Type.Union([Uuid, Type.Null()]),
  accounts: Type.Array(Type.Object({ id: Uuid, name: Type.String(), role: OneOf(ROLES) })),
});

/** Where a link that signs in leads. */
export const SIGN_IN_PATH = '/sign-in/';

export async function signInRoutes(app: Api, { accounts, config }: ApiDeps): Promise<void> {
  const secure = () => config.publicUrl().startsWith('https:');

  app.post('/web/sign-in', {
    config: { access: 'public' },
    schema: { hide: true, body: Type.Object({ apiKey: Type.String({ minLength: 1, maxLength: 200 }) }, { additionalProperties: false }), response: { 204: Type.Null(), ...refusals(400, 401) } },
  }, async (request, reply) => {
    const holder = await accounts.findPrincipal(request.body.apiKey.trim());
    if (!holder) throw refuse.badToken();
    setSignIn(reply, await accounts.signIn(holder.keyId), secure());
    return reply.code(204).send(null);
  });

  app.get(`${SIGN_IN_PATH}:token`, {
    config: { access: 'public' }, schema: { hide: true, params: Type.Object({ token: Type.String({ minLength: 1, maxLength: 200 }) }) },
  }, async (request, reply) => {
    const keyId = await accounts.redeemLink(request.params.token);
    if (keyId === null) return reply.redirect('/sign-in?link=used', 303);
    setSignIn(reply, await accounts.signIn(keyId), secure());
    return reply.header('referrer-policy', 'no-referrer').redirect('/', 303);
  });

  app.post('/web/sign-out', { config: { access: 'key' }, schema: { hide: true, response: { 204: Type.Null() } } }, async (request, reply) => {
    const token = signInOf(request);
    if (token !== undefined) await accounts.signOut(token);
    setSignIn(reply, '', secure());
    return reply.code(204).send(null);
  });

  app.get('/web/me', { config: { access: 'key' }, schema: { hide: true, response: { 200: Me } } }, async (request) => {
    const { name, userId, accounts: open } = request.key;
    const named = await Promise.all(open.map(async ({ accountId, role }) => ({ id: accountId, name: (await accounts.getAccount(accountId)).name, role })));
    return { name, userId, accounts: named };
  });
}
