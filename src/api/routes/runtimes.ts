/** Runtimes (B.16): for anyone, no key needed. */
import { Type } from 'typebox';
import { refuse } from '../../contract/errors.ts';
import { Runtime, RUNTIMES } from '../../contract/runtimes.ts';
import type { Api } from '../deps.ts';
import { refusals } from '../refusals.ts';

export async function runtimesRoutes(app: Api): Promise<void> {
  const config = { access: 'public' } as const;
  app.get('/v1/runtimes', { config, schema: { response: { 200: Type.Array(Runtime), ...refusals(400) } } }, async () => [...RUNTIMES]);
  app.get('/v1/runtimes/:id', {
    config,
    schema: { params: Type.Object({ id: Type.String({ minLength: 1 }) }), response: { 200: Runtime, ...refusals(400, 404) } },
  }, async (request) => {
    const runtime = RUNTIMES.find(({ name }) => name === request.params.id);
    if (!runtime) throw refuse.notFound('Runtime', request.params.id);
    return runtime;
  });
}
