/** Figures for Prometheus, without a key: they name no account, no check and no target. */
import type { Api, ApiDeps } from '../deps.ts';

export async function metricsRoutes(app: Api, { metrics }: ApiDeps): Promise<void> {
  app.get('/metrics', { config: { access: 'public', rateLimit: false }, schema: { hide: true } }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()));
}
