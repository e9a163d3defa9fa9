/** For load balancers and orchestrators: alive, and ready to work. */
import { Refusal } from '../../contract/errors.ts';
import type { Api, ApiDeps } from '../deps.ts';

export async function healthRoutes(app: Api, { read }: ApiDeps): Promise<void> {
  const options = { schema: { hide: true }, config: { access: 'public', rateLimit: false } } as const;
  app.get('/healthz', options, async () => ({ status: 'ok' }));
  app.get('/readyz', options, async () => {
    try {
      await read.selectFrom('accounts').select('id').limit(1).execute();
    } catch {
      throw new Refusal(503, 'The store does not answer.');
    }
    return { status: 'ready' };
  });
}
