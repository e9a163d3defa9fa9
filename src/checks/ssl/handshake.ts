/**
 * Connects to one address and shakes hands, whoever the peer turns out to be.
 * Promises: settles within the limit, never rejects, leaves no socket behind; the run's capture hears of the socket and of its keys.
 * Never: a byte of application data, and never a judgement of what the peer has shown.
 */
import type { X509Certificate } from 'node:crypto';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';
import { captureSocket, type Capture } from '../kit/capture.ts';
import { describeNetworkError, type NetworkFault } from '../kit/dial.ts';

export interface HandshakeOptions {
  address: string;
  port: number;
  /** Name to ask for (SNI); empty for none. */
  servername: string;
  context: SecureContext;
  /** ms for connection and handshake. */
  limitMs: number;
  /** ms that a peer has to refuse our client certificate after the handshake (TLS 1.3). */
  quietMs: number;
  signal: AbortSignal;
  tick(): number;
  capture?: Capture | undefined;
}

/** What the peer has shown. */
export interface Peer {
  /** As in B.11: TLS1.0 to TLS1.3. */
  tlsVersion: string;
  /** IANA name. */
  cipherSuite: string;
  certificate: X509Certificate;
  /** OpenSSL's reason for not trusting the chain; null for trusted. */
  distrust: string | null;
  /** The OCSP answer that came along, in DER. */
  staple: Buffer | null;
  /** ms from the connection to the end of the handshake. */
  handshakeMs: number;
}

export type Handshake =
  | { kind: 'done'; peer: Peer }
  | { kind: 'failed'; step: 'connect' | 'handshake' | 'timeout'; error: NetworkFault }
  | { kind: 'aborted' };

/** Shakes hands as `options` say. */
export async function shakeHands(options: HandshakeOptions): Promise<Handshake> {
  const cut = Promise.withResolvers<Handshake>();
  const sockets: Socket[] = [];
  let connected = false;
  const onAbort = () => cut.resolve({ kind: 'aborted' });
  const limit = setTimeout(() => cut.resolve({ kind: 'failed', step: 'timeout', error: timeout(options, connected) }), options.limitMs);
  options.signal.addEventListener('abort', onAbort);
  if (options.signal.aborted) onAbort();
  try {
    return await Promise.race([cut.promise, begin(options, sockets, () => { connected = true; })]);
  } finally {
    clearTimeout(limit);
    options.signal.removeEventListener('abort', onAbort);
    // Not now: we may stand within a call of OpenSSL's, which does not survive that its connection is freed.
    setImmediate(() => { for (const socket of sockets.reverse()) socket.destroy(); });
  }
}

function timeout({ address, port, limitMs }: HandshakeOptions, connected: boolean): NetworkFault {
  const what = connected ? `the TLS handshake with ${address}:${port} was not done` : `no connection to ${address}:${port}`;
  return { code: 'SOCKET_TIMEOUT', message: `${what} within ${Math.round(limitMs)} ms`, address, port };
}

async function begin(options: HandshakeOptions, sockets: Socket[], onConnect: () => void): Promise<Handshake> {
  const { address, port, tick, capture } = options;
  const socket = keep(sockets, connectTcp({ host: address, port, noDelay: true }));
  captureSocket(capture, socket);
  const refused = await failureBefore(socket, 'connect');
  if (refused) return { kind: 'failed', step: refused.code === 'ETIMEDOUT' ? 'timeout' : 'connect', error: refused };
  onConnect();

  const startedAt = tick();
  const secured = keep(sockets, connectTls({
    socket, servername: options.servername, secureContext: options.context, rejectUnauthorized: false, requestOCSP: true, minDHSize: 1,
    // Names are judged apart from the chain.
    checkServerIdentity: () => undefined,
  }));
  if (capture) secured.on('keylog', (line: Buffer) => { capture.tlsKeys(line); });
  let staple: Buffer | null = null;
  secured.on('OCSPResponse', (answer: Buffer | null) => { staple = answer && answer.length > 0 ? answer : null; });
  const failed = await failureBefore(secured, 'secureConnect');
  const handshakeMs = tick() - startedAt;
  const late = failed ?? await refusalAfter(secured, options.quietMs);
  if (late) return { kind: 'failed', step: 'handshake', error: handshakeFault(late, options) };
  const certificate = secured.getPeerX509Certificate();
  if (!certificate) return { kind: 'failed', step: 'handshake', error: { code: 'ERR_NO_PEER_CERTIFICATE', message: `${address}:${port} showed no certificate`, address, port } };
  return { kind: 'done', peer: { ...versionOf(secured), certificate, distrust: distrustOf(secured), staple, handshakeMs } };
}

function keep<S extends Socket>(sockets: Socket[], socket: S): S {
  // What a socket says after its run has ended has nobody left to tell.
  socket.on('error', () => {});
  sockets.push(socket);
  return socket;
}

interface TlsFault extends NetworkFault { reason?: string }

/** The fault that comes before `event`, or null. */
function failureBefore(socket: Socket, event: 'connect' | 'secureConnect'): Promise<TlsFault | null> {
  return new Promise((resolve) => {
    socket.once(event, () => resolve(null));
    socket.once('error', (error) => resolve(faultOf(error)));
    socket.once('close', () => resolve({ code: 'ECONNRESET', message: 'the peer closed the connection' }));
  });
}

function faultOf(error: unknown): TlsFault {
  const { reason } = error as { reason?: unknown };
  return { ...describeNetworkError(error), ...(typeof reason === 'string' ? { reason } : {}) };
}

/**
 * In TLS 1.3 the handshake is over before the server has looked at our certificate, or noticed that there is none: its alert
 * comes afterwards. Only who asked for a certificate is waited for; a session ticket or any data says that it was content.
 */
function refusalAfter(secured: TLSSocket, quietMs: number): Promise<TlsFault | null> {
  const asked = secured.getProtocol() === 'TLSv1.3' && secured.getSharedSigalgs().length > 0;
  if (!asked) return Promise.resolve(null);
  return new Promise((resolve) => {
    const content = () => resolve(null);
    const timer = setTimeout(content, quietMs);
    secured.once('close', () => clearTimeout(timer));
    secured.once('error', (error) => resolve(faultOf(error)));
    secured.once('end', () => resolve({ code: 'ECONNRESET', message: 'the peer closed the connection after it had asked for a client certificate' }));
    secured.once('session', content);
    secured.once('data', content);
  });
}

const NOT_TLS = new Set(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_HTTP_REQUEST', 'ERR_SSL_RECORD_LAYER_FAILURE']);

/** OpenSSL's message names a thread and a line of its source, which are different each time and on each machine. */
function handshakeFault({ code, message, reason, ...fault }: TlsFault, { address, port }: HandshakeOptions): NetworkFault {
  const hint = NOT_TLS.has(code) ? ' (what answers there does not speak TLS)' : '';
  return { ...fault, code, message: `the TLS handshake with ${address}:${port} failed: ${reason ?? message}${hint}`, address, port };
}

function versionOf(secured: TLSSocket): Pick<Peer, 'tlsVersion' | 'cipherSuite'> {
  const version = secured.getProtocol() ?? '';
  const [, number] = /^TLSv(1(?:\.\d)?)$/.exec(version) ?? [];
  const cipher = secured.getCipher();
  return { tlsVersion: number === undefined ? version : `TLS${number === '1' ? '1.0' : number}`, cipherSuite: cipher.standardName || cipher.name };
}

/** A text, whatever the types say. */
function distrustOf(secured: TLSSocket): string | null {
  if (secured.authorized) return null;
  const reason: unknown = secured.authorizationError;
  return reason instanceof Error ? (reason as NodeJS.ErrnoException).code ?? reason.message : String(reason);
}
