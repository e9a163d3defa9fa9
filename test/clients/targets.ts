/** What the checks of test/clients/checks are run against: HTTP, TCP, DNS and gRPC servers on loopback. */
import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { decode, encode } from 'dns-packet';
import { startShop } from '../grpc/shop.ts';

/** Over the 100 ms from which on the slow checks are degraded, and too little to wait for. */
const SLOW_MS = 300;

export interface Targets {
  /** The variables by which test/clients/checks/targets.ts finds the servers. */
  env: Record<string, string>;
  /** Requests to `/echo`. */
  echoed: IncomingMessage[];
  /** Resolves when `count` requests to `/held?run=<run>` wait for their answer. */
  untilHeld(run: string, count: number): Promise<void>;
  /** Answers with a 200 what is held of the run, and at once what still comes. */
  release(run: string): void;
  close(): Promise<void>;
}

export async function startTargets(): Promise<Targets> {
  const gates = createGates();
  const echoed: IncomingMessage[] = [];
  const http = createHttpServer(createHandler(echoed, gates.hold));
  const tcp = createTcpServer(answerPing);
  const open = new Set<Socket>();
  for (const server of [http, tcp]) server.on('connection', (socket: Socket) => { open.add(socket); socket.on('close', () => open.delete(socket)); });
  const dns = createSocket('udp4').on('message', answerDns);
  dns.bind(0, '127.0.0.1');
  const [httpPort, tcpPort, shop] = await Promise.all([listen(http), listen(tcp), startShop(), once(dns, 'listening')]);
  return {
    env: {
      TARGET_URL: `http://127.0.0.1:${httpPort}`, TARGET_TCP_PORT: String(tcpPort), TARGET_DNS_PORT: String(dns.address().port), TARGET_GRPC_PORT: String(shop.port),
    },
    echoed,
    untilHeld: gates.untilHeld,
    release: gates.release,
    async close() {
      const closed = [http, tcp, dns].map((server) => once(server, 'close'));
      for (const server of [http, tcp, dns]) server.close();
      for (const socket of open) socket.destroy();
      await Promise.all([...closed, shop[Symbol.asyncDispose]()]);
    },
  };
}

/** Requests that wait until their run is let go, by the run's name. */
function createGates() {
  const held = new Map<string, Set<ServerResponse>>();
  const open = new Set<string>();
  const changes = new EventEmitter().setMaxListeners(0);
  const answer = (response: ServerResponse) => sendJson(response, 200, { held: true });
  const of = (run: string) => held.get(run) ?? held.set(run, new Set()).get(run)!;
  return {
    hold({ url = '' }: IncomingMessage, response: ServerResponse): void {
      const run = url.slice(url.indexOf('=') + 1);
      if (open.has(run)) return answer(response);
      of(run).add(response);
      response.on('close', () => of(run).delete(response));
      changes.emit('held');
    },
    async untilHeld(run: string, count: number): Promise<void> {
      while (of(run).size < count) await once(changes, 'held');
    },
    release(run: string): void {
      open.add(run);
      for (const response of of(run)) answer(response);
    },
  };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}

/** Has a title, a button that does something, an image that is not there and an error on its console. */
const PAGE = `<!doctype html><title>The shop</title><button onclick="cup.textContent='full'">Pour</button><p id="cup">empty</p>
<img src="/missing.png" alt=""><script>console.error('The till is open.')</script>`;

function sendPage(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(PAGE);
}

function createHandler(echoed: IncomingMessage[], hold: (request: IncomingMessage, response: ServerResponse) => void) {
  const flakyRuns = new Set<string>();
  const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
    '/ok': (_request, response) => sendJson(response, 200, { items: [{ price: 12.5 }, { price: 89 }] }),
    '/slow': (_request, response) => { setTimeout(() => sendJson(response, 200, { slow: true }), SLOW_MS); },
    '/broken': (_request, response) => sendJson(response, 500, { error: 'broken', total: 29.9 }),
    '/page': (_request, response) => sendPage(response),
    '/held': hold,
    '/echo': (request, response) => {
      echoed.push(request);
      sendJson(response, 200, { headers: request.headers });
    },
    // Red the first time, green from then on, for each query string apart.
    '/flaky': ({ url = '' }, response) => {
      sendJson(response, flakyRuns.has(url) ? 200 : 500, { tried: flakyRuns.has(url) });
      flakyRuns.add(url);
    },
  };
  return (request: IncomingMessage, response: ServerResponse) => {
    request.resume();
    const route = routes[(request.url ?? '').split('?')[0] ?? ''];
    if (route) route(request, response);
    else sendJson(response, 404, { error: 'Not found.' });
  };
}

function answerPing(socket: Socket): void {
  socket.on('error', () => socket.destroy());
  socket.on('data', (bytes) => { socket.write(bytes.toString().startsWith('PING') ? 'PONG\r\n' : 'ERR\r\n'); });
}

/** `shop` and `slow` under example.test are there, everything else is not. */
function answerDns(this: UdpSocket, bytes: Buffer, client: RemoteInfo): void {
  const { id, questions = [] } = decode(bytes);
  const name = questions[0]?.name ?? '';
  const known = ['shop.example.test', 'slow.example.test'].includes(name);
  const answer = encode({
    type: 'response', id: id ?? 0, flags: known ? 0x0400 : 0x0403, questions,
    answers: known ? [{ name, type: 'A', class: 'IN', ttl: 60, data: '127.0.0.1' }] : [],
  });
  setTimeout(() => this.send(answer, client.port, client.address), name.startsWith('slow') ? SLOW_MS : 0);
}
