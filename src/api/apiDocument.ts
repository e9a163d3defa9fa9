/** `/openapi.json`: what the routes' own schemas say, and the parts that every route has by its access. */
import swagger from '@fastify/swagger';
import type { RouteOptions } from 'fastify';
import { AccountHeader } from '../contract/base.ts';
import { refusals } from './refusals.ts';
import type { Api } from './deps.ts';

/** Adds what follows from a route's access: the account header, and the refusals of keys, roles and the rate limit. */
function completeSchema(route: RouteOptions): void {
  const { access = 'account', rateLimit } = route.config ?? {};
  const schema = route.schema ?? {};
  if (schema.hide) return;
  const limited = rateLimit === false ? {} : refusals(429);
  const guarded = access === 'public' ? {} : refusals(401, 403);
  const header = access === 'location' ? {} : { headers: AccountHeader };
  const security = access === 'public' ? [] : [{ Bearer: [] }];
  route.schema = { security, ...header, ...schema, response: { ...limited, ...guarded, ...(schema.response as object) } };
}

export async function documentApi(app: Api): Promise<void> {
  app.addHook('onRoute', completeSchema);
  await app.register(swagger, {
    openapi: {
      openapi: '3.0.3',
      info: { title: 'Assay API', version: 'v1' },
      components: { securitySchemes: { Bearer: { type: 'http', scheme: 'bearer' } } },
    },
  });
  app.get('/openapi.json', { schema: { hide: true }, config: { access: 'public' } }, async () => app.swagger());
}
