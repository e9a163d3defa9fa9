/**
 * A fresh HTTP/2 connection to exactly one address, and one call over it.
 * Promises: the socket is the run's own, told to the capture from its first packet on, and dies with the signal; a failure is data
 * with the facts of the system; nothing is tried a second time behind the caller's back.
 * Never: a name look-up, a proxy, the environment.
 */
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { captureSocket } from '../kit/capture.ts';
import { describeNetworkError, type NetworkFault } from '../kit/dial.ts';
import { dieWith, startTls, type TlsDialer } from '../kit/httpConnection.ts';

export interface Peer {
  /** The name that was asked for: it stands in the authority of each call, and TLS is about it. */
  host: string;
  address: string;
  port: number;
  tls: boolean;
}

export interface Connection extends Disposable {
  session: ClientHttp2Session;
  /** `host:port`, as the calls name it. */
  authority: string;
  /** ms until TCP and TLS stood. */
  connectMs: number;
  /** Why there is no connection any more; null while there is one. */
  fault(): NetworkFault | null;
  /** Resolves when a session that has been destroyed is gone for good, and its reason known. */
  ended(): Promise<void>;
}

/** The code of a peer that answers in another protocol: no network error, the network gave an answer. */
export const NO_HTTP2 = 'ERR_HTTP2_ERROR';

/** Connects, and says TLS if `peer` has it. Never rejects. */
export async function openConnection(peer: Peer, around: TlsDialer & { tick(): number }): Promise<Connection | { error: NetworkFault }> {
  const { host, address, port, tls } = peer;
  const startedAt = around.tick();
  let socket: Socket | undefined;
  try {
    const plain = await tcp(address, port, around);
    socket = plain;
    if (tls) socket = await startTls(plain, host, around, 'h2');
    const connectMs = around.tick() - startedAt;
    // A server that does not like our certificate says so after the handshake; nobody would hear it any more from here on.
    if (socket.destroyed) throw socket.errored ?? Object.assign(new Error(`${address}:${port} closed the connection after the handshake`), { code: 'ECONNRESET' });
    return { ...http2Over(socket, `${address}:${port}`), authority: `${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`, connectMs };
  } catch (error) {
    socket?.destroy();
    return { error: { address, port, ...factsOf(error) } };
  }
}

/** OpenSSL tells addresses of its memory and lines of its source around the few words that say what is wrong. */
function factsOf(error: unknown): NetworkFault {
  const found = describeNetworkError(error);
  const words = /:SSL routines:[^:]*:([^:]+):/.exec(found.message)?.[1];
  return words === undefined ? found : { ...found, message: words };
}

function tcp(address: string, port: number, { signal, capture }: TlsDialer): Promise<Socket> {
  const socket = dieWith(signal, connectTcp({ host: address, port, noDelay: true }));
  captureSocket(capture, socket);
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

function http2Over(socket: Socket, peer: string): Pick<Connection, 'session' | 'fault' | 'ended' | typeof Symbol.dispose> {
  let fault: NetworkFault | null = null;
  /** Says the least of all, and sometimes comes first. */
  let closed: NetworkFault | null = null;
  let settled = false;
  const lose = (found: NetworkFault) => { fault ??= found; };
  socket.on('error', (error) => {
    const found = factsOf(error);
    // The session's own errors come by its socket, too, and say less there.
    if (!found.code.startsWith('ERR_HTTP2')) lose(found);
  });
  socket.once('close', () => { closed = { code: 'ECONNRESET', message: `${peer} closed the connection before it had answered` }; });
  // The authority here is never sent: each call names its own.
  const session = connectHttp2('http://call', { createConnection: () => socket, settings: { enablePush: false } });
  session.once('remoteSettings', () => { settled = true; });
  session.on('error', (error) => {
    const { code, message } = factsOf(error);
    lose(code === NO_HTTP2 && !settled ? { code, message: `${peer} does not speak HTTP/2, which gRPC needs (${message})` } : { code, message });
  });
  const end = () => { session.destroy(); socket.destroy(); };
  const ended = new Promise<void>((resolve) => { session.once('close', resolve); });
  session.on('goaway', (code: number) => {
    if (code !== 0) lose({ code: 'ECONNRESET', message: `${peer} ended the connection (HTTP/2 error code ${code})` });
  });
  return {
    session, fault: () => fault ?? closed, [Symbol.dispose]: end,
    // After an error of TLS it waits for its socket, which nobody else closes.
    ended: () => { end(); return ended; },
  };
}
