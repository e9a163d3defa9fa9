/**
 * The shop that `npm start` has to watch: pages, an HTTP API, a TCP service and a name server, on the loopback alone.
 * Promises: ports of its own choice; faults that are always the same (a slow answer, a 500 and a page that needs it, a wrong sum), so that a first
 * run shows every colour; gone without a trace after `close`.
 * Never: reachable from another machine, and never part of an ordinary server.
 */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { HOME_PAGE, PAYMENT_PAGE } from './samplePages.ts';
import { startSampleZone } from './sampleZone.ts';

export interface SampleShop {
  httpPort: number;
  tcpPort: number;
  /** UDP and TCP; knows `shop.example.test`. */
  dnsPort: number;
  close(): Promise<void>;
}

/** What the project in examples/quickstart finds when it is run against the shop. */
export const SAMPLE_EXPECTED = { passed: 10, degraded: 1, failed: 3 } as const;

/** Long enough to be degraded at 300 ms, short enough not to bore. */
const SLOW_MS = 700;
const MAX_ORDER_BYTES = 64 * 1024;

const PRODUCTS = [
  { id: 1, name: 'Espresso cup', price: 12.5, inStock: true },
  { id: 2, name: 'Coffee grinder', price: 89, inStock: true },
  { id: 3, name: 'Paper filters', price: 4.9, inStock: false },
] as const;

/** Two cups and three packs of filters cost 39.70; the shop forgets the filters' quantity. */
const CHECKOUT = {
  currency: 'EUR',
  items: [{ id: 1, quantity: 2, price: 12.5 }, { id: 3, quantity: 3, price: 4.9 }],
  total: 29.9,
};

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}

function sendPage(response: ServerResponse, html: string): void {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(html);
}

function takeOrder(response: ServerResponse, request: IncomingMessage): void {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (piece: string) => {
    text += piece;
    if (text.length > MAX_ORDER_BYTES) request.destroy();
  });
  request.on('end', () => {
    try {
      sendJson(response, 201, { id: 'order-1', status: 'accepted', order: JSON.parse(text) as unknown });
    } catch {
      sendJson(response, 400, { error: 'The order is not valid JSON.' });
    }
  });
}

const ROUTES: Readonly<Record<string, Answer>> = {
  'GET /': (response) => sendPage(response, HOME_PAGE),
  'GET /payment': (response) => sendPage(response, PAYMENT_PAGE),
  'GET /health': (response) => sendJson(response, 200, { status: 'ok', service: 'sample shop' }),
  'GET /products': (response) => sendJson(response, 200, PRODUCTS),
  'POST /orders': takeOrder,
  'GET /slow': (response) => {
    const timer = setTimeout(() => sendJson(response, 200, { status: 'ok', note: 'Sorry for the wait.' }), SLOW_MS);
    response.on('close', () => clearTimeout(timer));
  },
  'GET /cart': (response) => sendJson(response, 500, { error: 'The cart service is down.' }),
  'GET /checkout': (response) => sendJson(response, 200, CHECKOUT),
};

function answerHttp(request: IncomingMessage, response: ServerResponse): void {
  const [path = '/'] = (request.url ?? '/').split('?');
  const route = Object.hasOwn(ROUTES, `${request.method} ${path}`) ? ROUTES[`${request.method} ${path}`] : undefined;
  if (route) return route(response, request);
  const id = /^\/products\/(\d+)$/.exec(path)?.[1];
  const product = request.method === 'GET' ? PRODUCTS.find((entry) => String(entry.id) === id) : undefined;
  if (product) return sendJson(response, 200, product);
  sendJson(response, 404, { error: 'Not found.' });
}

/** Answers `PONG` to each line `PING`; anything else is told so. */
function answerTcp(socket: Socket): void {
  let line = '';
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  socket.on('data', (text: string) => {
    const lines = (line + text).split('\n');
    line = (lines.pop() ?? '').slice(-100);
    for (const received of lines) socket.write(received.trim() === 'PING' ? 'PONG\r\n' : 'ERR unknown command\r\n');
  });
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Starts the shop on free loopback ports. */
export async function startSampleShop(): Promise<SampleShop> {
  const http = createHttpServer(answerHttp);
  const sockets = new Set<Socket>();
  const tcp = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    answerTcp(socket);
  });
  const [httpPort, tcpPort, zone] = await Promise.all([listen(http), listen(tcp), startSampleZone()]);
  return {
    httpPort, tcpPort, dnsPort: zone.port,
    async close() {
      const closed = [once(http, 'close'), once(tcp, 'close'), zone.close()];
      http.close();
      tcp.close();
      http.closeAllConnections();
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    },
  };
}
