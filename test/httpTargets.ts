/** Real servers on loopback for HTTP probes, and a context to run probes in. Everything closes with its test. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttp, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createHttps, type ServerOptions } from 'node:https';
import { createServer as createTcp, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Net, ProbeContext } from '../src/checks/kit/probe.ts';

export interface Seen { method: string; path: string; headers: IncomingMessage['headers']; rawHeaders: string[]; body: string; family: string }
export interface Target { port: number; url: string; seen: Seen[] }

/** An HTTP server on `host`; `seen` collects what reached it, bodies included. */
export async function serveHttp(t: TestContext, handler: RequestListener, host = '127.0.0.1'): Promise<Target> {
  const seen: Seen[] = [];
  return { ...await listen(t, createHttp(recording(seen, handler)), 'http', host), seen };
}

export async function serveHttps(t: TestContext, options: ServerOptions, handler: RequestListener, host = '127.0.0.1'): Promise<Target> {
  const seen: Seen[] = [];
  return { ...await listen(t, createHttps(options, recording(seen, handler)), 'https', host), seen };
}

/** A server that speaks whatever `onConnection` writes. */
export async function serveRaw(t: TestContext, onConnection: (socket: Socket) => void): Promise<Target> {
  const server = createTcp((socket) => { socket.on('error', () => undefined); onConnection(socket); });
  return { ...await listen(t, server, 'http', '127.0.0.1'), seen: [] };
}

function recording(seen: Seen[], handler: RequestListener): RequestListener {
  return async (request, answer) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    seen.push({
      method: request.method ?? '', path: request.url ?? '', headers: request.headers, rawHeaders: request.rawHeaders,
      body: Buffer.concat(chunks).toString(), family: request.socket.remoteFamily ?? '',
    });
    handler(request, answer);
  };
}

/** A test, or what ends like one. */
export interface Closing { after(close: () => void): void }

/** Starts a server that closes, with its connections, when `t` ends. */
export async function listen(t: Closing, server: Server | TcpServer, scheme: string, host: string): Promise<{ port: number; url: string }> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.listen(0, host);
  await once(server, 'listening');
  t.after(() => { server.close(); for (const socket of open) socket.destroy(); });
  const { port } = server.address() as AddressInfo;
  return { port, url: `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}` };
}

export interface Line { level: string; msg: string; phase: string | undefined }

/** A probe's context with real clocks; `lines` collects the job log. */
export function probeContext(overrides: Partial<Omit<ProbeContext, 'net'>> & { net?: Partial<Net> } = {}): ProbeContext & { lines: Line[] } {
  const lines: Line[] = [];
  return {
    lines,
    signal: new AbortController().signal, now: () => Date.now(), tick: () => performance.now(), env: {},
    log: (level, msg, phase) => { lines.push({ level, msg, phase }); },
    ...overrides,
    net: { certificates: [], proxyUrl: null, nameServers: [], useOsResolver: false, ...overrides.net },
  };
}

/** A fresh self-signed certificate with its key, as PEM; made by the openssl program. */
export function makeCertificate(commonName = 'localhost', names = 'DNS:localhost,IP:127.0.0.1,IP:::1'): { cert: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'assay-certificate-'));
  try {
    const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    execFileSync('openssl', [
      'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
      '-subj', `/CN=${commonName}`, '-addext', `subjectAltName=${names}`, '-keyout', keyFile, '-out', certFile,
    ], { stdio: 'ignore' });
    return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
