/** A target that gives back all that it is told, in every guise in which real servers do. */
import { once } from 'node:events';
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcp, type AddressInfo, type Server } from 'node:net';

/** Every usual encoding of a text. */
export function guisesOf(text: string): Record<string, string> {
  return {
    plain: text, uri: encodeURIComponent(text), uriTwice: encodeURIComponent(encodeURIComponent(text)), form: new URLSearchParams({ q: text }).toString(),
    json: JSON.stringify(text), ascii: JSON.stringify(text).replace(/[^\0-\x7f]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`),
    jsonTwice: JSON.stringify(JSON.stringify(text)), base64: Buffer.from(text).toString('base64'), base64url: Buffer.from(text).toString('base64url'),
    inside: Buffer.from(`user:${text}!`).toString('base64'), html: text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`),
  };
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Header values as text; a Basic authorization also decoded. */
function headerTexts({ headers }: IncomingMessage): string[] {
  const basic = /^Basic (.+)$/.exec(headers.authorization ?? '')?.[1];
  return [...Object.values(headers).flatMap((value) => value ?? []), ...(basic ? [Buffer.from(basic, 'base64').toString()] : [])];
}

/** `/status/<code>`, `/redirect`, `/hold`, `/long/<bytes before the echo>`, `/not-json`; all others echo. */
async function answer(request: IncomingMessage, response: ServerResponse, holding: () => void): Promise<void> {
  const url = request.url ?? '';
  if (url.startsWith('/hold')) return holding();
  const body = await bodyOf(request);
  const query = url.split('?')[1] ?? '';
  const [, kind, argument] = (url.split('?')[0] ?? '').split('/');
  response.setHeader('x-echo', encodeURIComponent(body));
  // Header bytes are bytes: what is UTF-8 here arrives as Latin-1.
  response.setHeader('x-raw', Buffer.from(body.replaceAll('\n', '\\n'), 'utf8').toString('latin1'));
  response.setHeader('set-cookie', [`echo=${encodeURIComponent(body)}`, 'theme=dark']);
  if (kind === 'redirect') return void response.writeHead(302, { location: `/echo?from=redirect&${query}` }).end();
  if (kind === 'not-json') return void response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  if (kind === 'long') return void response.writeHead(200, { 'content-type': 'text/plain' }).end('x'.repeat(Number(argument)) + body + 'y'.repeat(10_000));
  const texts = [decodeURIComponent(url), ...headerTexts(request), body];
  response.writeHead(kind === 'status' ? Number(argument) : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ url, headers: request.headers, body, guises: texts.map(guisesOf) }));
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

export interface Echo extends AsyncDisposable {
  httpPort: number;
  tcpPort: number;
  /** Resolves when a request for `/hold` has come. */
  held: Promise<void>;
}

export async function startEcho(): Promise<Echo> {
  const holding = Promise.withResolvers<void>();
  const http = createHttp((request, response) => { void answer(request, response, holding.resolve); });
  const tcp = createTcp((socket) => {
    socket.on('error', () => { /* the check has gone */ });
    socket.once('data', (bytes) => socket.end(JSON.stringify(guisesOf(bytes.toString()))));
  });
  return {
    httpPort: await listen(http), tcpPort: await listen(tcp), held: holding.promise,
    async [Symbol.asyncDispose]() {
      const closed = Promise.all([once(http, 'close'), once(tcp, 'close')]);
      http.close();
      http.closeAllConnections();
      tcp.close();
      await closed;
    },
  };
}
