/**
 * A fresh connection to the server of a URL: name, TCP, proxy, TLS.
 * Promises: strict IP family; the socket dies with the signal; the marks of the hop are set on the way.
 * Never: a connection that is used again, so that every probe measures all phases.
 */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import type { ClientCertificate } from '../../protocol/assignment.ts';
import type { LogLevel } from '../../protocol/outcome.ts';
import { captureSocket, type Capture } from './capture.ts';
import { clientCertificateFor, contextOptionsOf } from './clientCertificate.ts';
import { describeNetworkError, resolveAllowed, resolveHost } from './dial.ts';
import { DENIED, type Egress } from './egress.ts';
import { openTunnel, type Proxy } from './httpProxy.ts';
import type { HopMarks } from './httpTimings.ts';

/** What stays the same over all hops of a request. */
export interface Dialer {
  family: 4 | 6;
  skipSSL: boolean;
  proxy: Proxy | null;
  certificates: readonly ClientCertificate[];
  /** Judges every hop; absent: everything may be reached. */
  egress?: Egress | undefined;
  /** Hears of every connection; absent where nothing is captured. */
  capture?: Capture | undefined;
  signal: AbortSignal;
  tick(): number;
  log(level: LogLevel, msg: string): void;
}

/** An error with a network code, as a socket would raise it. */
class NetworkError extends Error {
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Opens a connection for an HTTP request to `url`. A plain one may still be connecting, so that the request is laid out
 * meanwhile: its failure is the request's. Otherwise rejects with the error of network, proxy or TLS.
 */
export async function openConnection(url: URL, dialer: Dialer, marks: HopMarks): Promise<Socket> {
  const secure = url.protocol === 'https:';
  const port = Number(url.port || (secure ? 443 : 80));
  const { proxy } = dialer;
  if (!proxy) {
    const socket = await dial(url.hostname, port, dialer.family, dialer, marks, dialer.egress);
    return secure ? startTls(socket, url.hostname, dialer) : socket;
  }
  // The proxy resolves the name: it alone can be judged here.
  const denied = dialer.egress?.byName(url.hostname, port) ?? null;
  if (denied !== null) throw new NetworkError(denied, DENIED);
  const toProxy = await throughProxy(proxy, () => dialProxy(proxy, dialer, marks));
  if (!secure) return toProxy;
  await throughProxy(proxy, () => openTunnel(toProxy, `${url.hostname}:${port}`, proxy));
  dialer.log('DEBUG', `Tunnel to ${url.hostname}:${port} through the proxy ${proxy.url.host}`);
  return startTls(toProxy, url.hostname, dialer);
}

/** What it takes to start TLS on a connection that is there. */
export type TlsDialer = Pick<Dialer, 'skipSSL' | 'certificates' | 'capture' | 'signal' | 'log'>;

/** Connects to exactly the address that was judged. */
async function dial(hostname: string, port: number, family: 4 | 6, dialer: Dialer, marks: HopMarks, egress?: Egress): Promise<Socket> {
  marks.socket = dialer.tick();
  const resolved = await resolveAllowed(egress, hostname, port, () => resolveHost(hostname, family, dialer));
  if ('error' in resolved) throw new NetworkError(resolved.error.message, resolved.error.code);
  marks.lookup = dialer.tick();
  const { address } = resolved;
  const socket = dieWith(dialer.signal, connectTcp({ host: address, port, noDelay: true }));
  captureSocket(dialer.capture, socket);
  socket.once('connect', () => {
    marks.connect = dialer.tick();
    dialer.log('DEBUG', `Connected to ${address} port ${port} for ${hostname}`);
  });
  return socket;
}

async function dialProxy(proxy: Proxy, dialer: Dialer, marks: HopMarks): Promise<Socket> {
  // It is the operator's: no rule is asked about it.
  const { hostname, protocol } = proxy.url;
  // The family of the check is about its target, which the proxy resolves: an address literal of the proxy stays as it is.
  const literal = isIP(hostname.replace(/^\[|\]$/g, ''));
  const socket = await dial(hostname, proxy.port, literal === 4 || literal === 6 ? literal : dialer.family, dialer, marks);
  if (protocol === 'https:') return startTls(socket, hostname, { ...dialer, skipSSL: false, certificates: [] });
  await opened(socket, 'connect');
  return socket;
}

/** Says in the error that it was the proxy. */
async function throughProxy<T>(proxy: Proxy, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { message, code } = describeNetworkError(error);
    // A proxy that is reached but opens no tunnel leaves the target unreached: no answer, as with a refused connection.
    throw new NetworkError(`Proxy ${proxy.url.host}: ${message}`, code === 'UNKNOWN' ? 'ECONNREFUSED' : code);
  }
}

/** TLS for `urlHost` over `socket`, with the client certificate of that host; `protocol` is offered by ALPN. Rejects with the error of TLS. */
export async function startTls(socket: Socket, urlHost: string, dialer: TlsDialer, protocol = 'http/1.1'): Promise<TLSSocket> {
  const host = urlHost.replace(/^\[|\]$/g, '');
  const secured = dieWith(dialer.signal, connectTls({
    socket, host, servername: isIP(host) ? '' : host, rejectUnauthorized: !dialer.skipSSL,
    ALPNProtocols: [protocol], secureContext: secureContextFor(host, dialer),
  }));
  const { capture } = dialer;
  if (capture) secured.on('keylog', (line: Buffer) => capture.tlsKeys(line));
  try {
    await opened(secured, 'secureConnect');
  } catch (error) {
    const { message, code } = describeNetworkError(error);
    // What Node advises its own users is no use to those of a check.
    throw new NetworkError(message.replace(/; if the root CA is installed locally.*$/, ''), code);
  }
  dialer.log('DEBUG', `${secured.getProtocol()} with ${secured.getCipher().name}${secured.authorized ? '' : `, certificate not verified (${String(secured.authorizationError)})`}`);
  return secured;
}

let plainContext: SecureContext | undefined;

function secureContextFor(host: string, dialer: TlsDialer): SecureContext {
  const certificate = clientCertificateFor(host, dialer.certificates);
  if (!certificate) return plainContext ??= createSecureContext();
  dialer.log('DEBUG', `Using the client certificate for ${certificate.host}`);
  try {
    return createSecureContext(contextOptionsOf(certificate));
  } catch (error) {
    const { message } = describeNetworkError(error);
    throw new NetworkError(`The client certificate for ${certificate.host} cannot be used: ${message}`, 'ERR_CLIENT_CERTIFICATE');
  }
}

function opened(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, resolve);
    socket.once('error', reject);
  });
}

/** Ties the socket's life to the signal, and keeps a late error of a socket nobody listens to from ending the process. */
export function dieWith<S extends Socket>(signal: AbortSignal, socket: S): S {
  const die = () => socket.destroy(new NetworkError('the request was stopped', 'ABORT_ERR'));
  socket.on('error', () => undefined);
  if (signal.aborted) die();
  signal.addEventListener('abort', die, { once: true });
  socket.once('close', () => signal.removeEventListener('abort', die));
  return socket;
}
