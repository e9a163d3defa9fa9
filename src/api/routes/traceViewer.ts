/**
 * The viewer of traces: Playwright's own, as it comes in its package, on a path of its own. What it shows is users' content, so it
 * may load traces from this server alone, runs no script but its own, and sends nothing anywhere. Without HTTPS browsers give it no
 * service worker and it stays blank: a small page before it says so and offers the file.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { Type } from 'typebox';
import { refuse } from '../../contract/errors.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { VIEWER_PATH } from '../presentFiles.ts';
import { LINK_PATH } from '../signedLinks.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf', '.webmanifest': 'application/manifest+json',
};
/** Their names carry a hash of their content. */
const UNCHANGING = /[.-][\w-]{8}\.(js|css|ttf)$/;
const DAY_S = 86_400;

/** `connect-src` is what keeps traces of other origins out; the service worker, which loads them, has it too. */
const policyOf = (inlineScripts: readonly string[]): string => [
  "default-src 'none'", `script-src 'self'${inlineScripts.map((hash) => ` 'sha256-${hash}'`).join('')}`, "style-src 'self' 'unsafe-inline'",
  "img-src 'self' blob: data:", "font-src 'self' data:", "media-src 'self' blob: data:", "connect-src 'self' blob: data:", "frame-src 'self' blob: data:",
  "worker-src 'self'", "manifest-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'self'",
].join('; ');

/** Hashes of the scripts that stand in a page itself. */
const inlineScriptsOf = (html: string): string[] =>
  [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, script = '']) => createHash('sha256').update(script).digest('base64'));

/** Names below the folder, with slashes. The other app in it, Playwright's UI mode, is of no use here. */
async function filesOf(folder: string): Promise<Set<string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
  return new Set(names.filter((name) => extname(name) in TYPES && !name.startsWith('uiMode')));
}

const OPEN_PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Trace</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}:root{color-scheme:light dark}</style></head>
<body><h1>Trace</h1><p id="says">The viewer needs JavaScript.</p><p id="file" hidden><a download>Download the trace</a></p><script src="open.js"></script></body></html>`;

const OPEN_SCRIPT = `'use strict';
const says = (text) => { document.getElementById('says').textContent = text; };
const trace = new URL(new URLSearchParams(location.search).get('trace') || '.', location.href);
if (trace.origin !== location.origin || !trace.pathname.startsWith('${LINK_PATH}/')) {
  says('This address names no trace of this server. Open a link from a result.');
} else if (window.isSecureContext && 'serviceWorker' in navigator) {
  location.replace('index.html' + location.search);
} else {
  says('The trace viewer works over HTTPS or on localhost only: on other addresses browsers give pages no service worker, which it needs. '
    + 'Download the trace and open it with "npx playwright show-trace", or reach this server over HTTPS.');
  document.querySelector('#file a').href = trace.href;
  document.getElementById('file').hidden = false;
}
`;

export async function traceViewerRoutes(app: Api, { traceViewer }: ApiDeps): Promise<void> {
  const names = await filesOf(traceViewer);
  const policy = policyOf(inlineScriptsOf(await readFile(join(traceViewer, 'index.html'), 'utf8')));
  const open = { access: 'public', rateLimit: false } as const;
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('content-security-policy', policy).header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer');
    done();
  });
  app.get(VIEWER_PATH, { config: open, schema: { hide: true } }, async (_request, reply) => reply
    .header('content-security-policy', "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'")
    .header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(OPEN_PAGE as never));
  app.get(`${VIEWER_PATH}open.js`, { config: open, schema: { hide: true } }, async (_request, reply) => reply
    .header('cache-control', 'no-cache').type('text/javascript; charset=utf-8').send(OPEN_SCRIPT as never));
  app.get(`${VIEWER_PATH}*`, { config: open, schema: { hide: true, params: Type.Object({ '*': Type.String() }) } }, async (request, reply) => {
    const name = request.params['*'];
    if (!names.has(name)) throw refuse.notFound('File', name);
    return reply.header('cache-control', UNCHANGING.test(name) ? `public, max-age=${DAY_S}, immutable` : 'no-cache')
      .type(TYPES[extname(name)] ?? '').send(await readFile(join(traceViewer, name)) as never);
  });
}
