/** A shop on loopback for browsers and requests, with the faults that the corpus needs. What it shows differs from round to round. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createServer as createTcp, type AddressInfo, type Server, type Socket } from 'node:net';
import { makeCertificate } from '../../test/httpTargets.ts';
import type { Noise } from './noise.ts';

export interface Shop extends AsyncDisposable { port: number; tlsPort: number; /** Nobody listens there. */ closedPort: number }

const page = ({ order, user, count, uuid, hash }: Noise): string => `<!doctype html><title>Shop of ${user}</title>
<style>#moving{animation:m .2s linear infinite alternate;position:relative}@keyframes m{from{left:0}to{left:80px}} #veil{position:fixed;left:0;top:300px;width:400px;height:80px;background:#eee}</style>
<h1>Hello ${user}, order ${order}</h1><a id=buy href="/order/${order}" class="link link-${hash}" style="color:rgb(${order % 255}, 0, 0)">Buy</a>
<button id=disabled disabled data-build="${hash}">Disabled</button><button id=hidden style="display:none">Hidden ${uuid}</button><button id=moving>Moving</button>
<input id=name value="${user}"><input id=agree type=checkbox><select id=colour><option>red<option>blue</select>
<ul>${Array.from({ length: count }, (_, n) => `<li class=row data-id="${order + n}">Item ${n} of ${user}</li>`).join('')}</ul>
<button id=covered style="position:fixed;left:20px;top:320px">Covered</button><div id=veil data-run="${uuid}"></div>
<iframe id=frame srcdoc="<p>nothing for ${user}</p>"></iframe>`;

const json = (response: ServerResponse, status: number, body: unknown) => { response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)); };

function answer(noise: Noise, request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '').split('?')[0] ?? '';
  const status = /^\/(?:api\/)?status\/(\d+)/.exec(path)?.[1];
  if (status) return json(response, Number(status), { error: `of ${noise.user}`, trace: noise.uuid });
  switch (path) {
    case '/api/item': return json(response, 200, { id: noise.order, name: noise.user, prices: [noise.count, noise.order], tags: ['a', noise.hash], nested: { at: new Date(noise.at).toISOString(), none: null } });
    case '/api/broken': response.writeHead(200, { 'content-type': 'application/json' }).end(`{"id": ${noise.order}, "name": ${noise.user}`); return;
    case '/api/empty': response.writeHead(200, { 'content-type': 'application/json' }).end(); return;
    case '/html': response.writeHead(200, { 'content-type': 'text/html' }).end(`<p>${noise.uuid}</p>`); return;
    case '/loop': response.writeHead(302, { location: `/loop?n=${noise.order}` }).end(); return;
    case '/away': response.writeHead(302, { location: 'mailto:nobody@shop.example' }).end(); return;
    case '/download': response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-disposition': `attachment; filename="${noise.order}.bin"` }).end('data'); return;
    case '/slow': return;
    case '/empty': request.socket.destroy(); return;
    case '/reset': request.socket.resetAndDestroy(); return;
    case '/half': response.writeHead(200, { 'content-length': '1000' }).write('x'.repeat(noise.count)); setImmediate(() => request.socket.destroy()); return;
    case '/gzip': response.writeHead(200, { 'content-encoding': 'gzip' }).end(`no gzip ${noise.uuid}`); return;
    default: response.writeHead(200, { 'content-type': 'text/html' }).end(page(noise));
  }
}

/** On a port of its own; `close` ends its connections too. */
export async function listen(server: Server, port = 0): Promise<{ port: number; close(): void }> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => {}).once('close', () => open.delete(socket));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => { server.close(); for (const socket of open) socket.destroy(); } };
}

export async function openShop(noise: Noise): Promise<Shop> {
  const plain = await listen(createServer((request, response) => answer(noise, request, response)));
  const tls = createHttps(makeCertificate(), (request, response) => answer(noise, request, response));
  tls.on('tlsClientError', () => {});
  const secure = await listen(tls);
  const gone = await listen(createTcp());
  gone.close();
  return { port: plain.port, tlsPort: secure.port, closedPort: gone.port, async [Symbol.asyncDispose]() { plain.close(); secure.close(); } };
}
