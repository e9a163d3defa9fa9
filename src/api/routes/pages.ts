/**
 * The pages: one document for every address that people read (those that the CLI prints among them, cli-wire 1), and its files.
 * Promises: nothing of users' content is in the document; it runs no script but its own, and loads from this server alone.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { Api, ApiDeps } from '../deps.ts';

const ADDRESSES = ['/', '/sign-in', '/accounts/:accountId', '/accounts/:accountId/*'];

/** Styles of single elements are set by script; videos, pictures and traces come from signed links of this server. */
const POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:", "media-src 'self' blob:", "connect-src 'self'",
  "font-src 'self'", "frame-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'", "object-src 'none'",
].join('; ');

const NOT_BUILT = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Assay</title></head>
<body><h1>Assay</h1><p>The pages are not built in this folder: <code>npm run build</code> builds them. The API works without them.</p></body></html>`;

export async function pagesRoutes(app: Api, { web }: ApiDeps): Promise<void> {
  const document = join(web, 'index.html');
  const html = existsSync(document) ? readFileSync(document, 'utf8') : NOT_BUILT;
  const open = { access: 'public', rateLimit: false } as const;
  for (const address of ADDRESSES) {
    app.get(address, { config: open, schema: { hide: true } }, async (_request, reply) => reply
      .type('text/html; charset=utf-8').header('content-security-policy', POLICY).header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer')
      .header('cross-origin-opener-policy', 'same-origin').header('cache-control', 'no-cache').send(html as never));
  }
  if (html === NOT_BUILT) return;
  app.addHook('onRoute', (route) => {
    route.config = { ...open, ...route.config } as typeof open;
    route.schema = { hide: true, ...route.schema };
  });
  // Their names carry a hash of their content; those that compress well lie beside their compressed form.
  await app.register(fastifyStatic, {
    root: join(web, 'assets'), prefix: '/web/assets/', preCompressed: true, immutable: true, maxAge: '365d', index: false, decorateReply: false,
    setHeaders: (response) => { response.header('x-content-type-options', 'nosniff'); },
  });
}
