/** What the scenarios' checks are pointed at: HTTP, TCP, name and TLS servers on loopback that behave as a scenario says. */
import { once } from 'node:events';
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcp, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTls, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { startSampleZone } from '../../src/app/sampleZone.ts';
import type { ShopOptions } from '../grpc/shop.ts';
import { makeAuthority, type Authority } from '../certificateAuthority.ts';

/** One answer. Without `text`, `json` and `base64` the body is empty; without `status` it is a 200. */
export interface HttpAnswer {
  status?: number;
  headers?: Record<string, string | string[]>;
  text?: string;
  /** How often `text` is repeated, for bodies of some size. */
  times?: number;
  json?: unknown;
  base64?: string;
  delayMs?: number;
  /** Answers with what was asked: method, path, headers and body, as JSON. */
  echo?: true;
  /** Closes the connection instead of answering. */
  drop?: true;
  /** Takes the request and never answers. */
  hold?: true;
}

export interface TargetSettings {
  /** By path without its query. Of several answers each is given once, and the last one from then on. */
  http?: Record<string, HttpAnswer | HttpAnswer[]>;
  /** What the TCP server says at once, and what it answers to a text it receives. */
  tcp?: { greeting?: string; replies?: Record<string, string> };
  /** The gRPC shop of test/grpc; absent: there is none. */
  grpc?: Pick<ShopOptions, 'reflection'>;
  /** A certificate of an authority that is trusted here: the days from now at which it begins and ends to be valid. Without it no TLS server. */
  tls?: { valid?: [from: number, to: number]; maxVersion?: 'TLSv1' | 'TLSv1.2' | 'TLSv1.3' };
}

export interface Target extends AsyncDisposable {
  httpPort: number;
  tcpPort: number;
  /** Serves the zone of the sample shop. */
  dnsPort: number;
  /** Absent where the scenario has no gRPC server. */
  grpcPort?: number;
  tlsPort: number | null;
  /** Resolves when the first HTTP request has arrived. */
  asked: Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function give(answer: HttpAnswer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (answer.hold) return;
  if (answer.drop) return void request.socket.destroy();
  const { method, url, headers } = request;
  const json = answer.echo ? { method, url, headers, body: await bodyOf(request) } : answer.json;
  const body = json !== undefined ? JSON.stringify(json) : Buffer.from(answer.base64 ?? (answer.text ?? '').repeat(answer.times ?? 1), answer.base64 ? 'base64' : 'utf8');
  const send = () => {
    response.sendDate = false;
    response.writeHead(answer.status ?? 200, { ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...answer.headers });
    response.end(body);
  };
  if (answer.delayMs === undefined) return send();
  const timer = setTimeout(send, answer.delayMs);
  response.once('close', () => clearTimeout(timer));
}

function answering(routes: NonNullable<TargetSettings['http']>) {
  const given = new Map<string, number>();
  return (request: IncomingMessage, response: ServerResponse) => {
    const [path = ''] = (request.url ?? '').split('?');
    const listed = Object.hasOwn(routes, path) ? routes[path] : undefined;
    const answers = listed === undefined ? [{ status: 404, text: 'No such page in this scenario' }] : [listed].flat();
    const nth = given.get(path) ?? 0;
    given.set(path, nth + 1);
    void give(answers[Math.min(nth, answers.length - 1)] ?? {}, request, response);
  };
}

function talking({ greeting, replies = {} }: NonNullable<TargetSettings['tcp']>) {
  return (socket: Socket) => {
    socket.on('error', () => { /* the check has what it wanted */ });
    if (greeting !== undefined) socket.write(greeting);
    socket.on('data', (bytes) => {
      const reply = replies[bytes.toString()];
      if (reply !== undefined) socket.write(reply);
    });
  };
}

async function listen(server: Server): Promise<{ port: number; close(): Promise<void> }> {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

let authority: Authority | undefined;

/** Trusted by this process, in which the agent of the stage runs, from the first time on. */
function trustedAuthority(): Authority {
  if (!authority) {
    authority = makeAuthority({ subject: '/O=Scenario/CN=Scenario Root' });
    setDefaultCACertificates([...getCACertificates('default'), authority.cert]);
  }
  return authority;
}

function speakingTls({ valid, maxVersion }: NonNullable<TargetSettings['tls']>): Server {
  const wish = { subject: '/CN=shop.test', names: 'DNS:shop.test,IP:127.0.0.1', key: 'rsa:2048' } as const;
  const { cert, key } = trustedAuthority().issue({ ...wish, ...(valid ? { valid } : {}) });
  const server = createTls({ cert, key, ciphers: 'TLS_AES_256_GCM_SHA384:ALL:@SECLEVEL=0', minVersion: 'TLSv1', ...(maxVersion ? { maxVersion } : {}) });
  return server.on('tlsClientError', () => { /* the check has what it wanted */ });
}

export async function startTarget({ http = {}, tcp = {}, grpc, tls }: TargetSettings): Promise<Target> {
  const httpServer = createHttp(answering(http));
  const asked = once(httpServer, 'request').then(() => undefined);
  const [web, raw, zone, secure] = await Promise.all([listen(httpServer), listen(createTcp(talking(tcp))), startSampleZone(), tls ? listen(speakingTls(tls)) : null]);
  const shop = grpc && await (await import('../grpc/shop.ts')).startShop(grpc);
  return {
    httpPort: web.port, tcpPort: raw.port, dnsPort: zone.port, tlsPort: secure?.port ?? null, ...(shop ? { grpcPort: shop.port } : {}), asked,
    async [Symbol.asyncDispose]() { await Promise.all([web.close(), raw.close(), zone.close(), secure?.close(), shop?.[Symbol.asyncDispose]()]); },
  };
}
