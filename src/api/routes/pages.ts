/** The addresses that the CLI prints (cli-wire 1). Until the pages themselves are built, they tell how to read the same answer by API. */
import { Type } from 'typebox';
import { Uuid } from '../../contract/base.ts';
import type { Api } from '../deps.ts';

const PATHS = {
  '/accounts/:accountId/test-sessions': ['accountId'],
  '/accounts/:accountId/test-sessions/:sessionId': ['accountId', 'sessionId'],
  '/accounts/:accountId/test-sessions/:sessionId/results/:resultId': ['accountId', 'sessionId', 'resultId'],
};
type Ids = { accountId: string; sessionId?: string; resultId?: string };

function pageOf({ accountId, sessionId, resultId }: Ids): string {
  const path = `/v1/test-sessions${sessionId ? `/${sessionId}` : ''}${resultId ? `/results/${resultId}` : ''}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Assay</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:3rem auto;padding:0 1rem}pre{padding:1rem;background:#8881;overflow:auto}:root{color-scheme:light dark}</style></head>
<body><h1>Assay</h1><p>This version has no pages yet. The same answer by API, with your key:</p>
<pre>curl -H "authorization: Bearer $CHECKLY_API_KEY" -H "x-checkly-account: ${accountId}" "$CHECKLY_API_URL${path}"</pre></body></html>`;
}

export async function pagesRoutes(app: Api): Promise<void> {
  for (const [path, ids] of Object.entries(PATHS)) {
    app.get(path, {
      config: { access: 'public' }, schema: { hide: true, params: Type.Object(Object.fromEntries(ids.map((id) => [id, Uuid]))) },
    }, async (request, reply) => reply.type('text/html; charset=utf-8').header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .send(pageOf(request.params as Ids)));
  }
}
