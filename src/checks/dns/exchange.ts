/**
 * One question to one name server, over the one protocol the check names.
 * Promises: settles within the limit, never rejects, closes its socket; UDP sends a second time once.
 * Never: falls back from UDP to TCP (B.9: a truncated answer shows itself by its TC flag).
 */
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { captureSocket, type Capture, type Flow } from '../kit/capture.ts';
import { describeNetworkError } from '../kit/dial.ts';
import { encodeQuery, receive, type DnsMessage, type DnsQuestion, type Reception } from './message.ts';

export interface NameServer { address: string; port: number }

export interface ExchangeOptions {
  /** ms until the exchange is given up. */
  limitMs: number;
  /** ms after which UDP sends its query a second time. */
  retransmitMs: number;
  signal: AbortSignal;
  tick(): number;
  newId(): number;
  /** Hears of the sockets; absent where nothing is captured. */
  capture?: Capture | undefined;
}

/** `elapsed` in ms from the first byte of ours (TCP: from the connect) to the last byte of the answer. */
export type Exchange =
  | { kind: 'answer'; message: DnsMessage; elapsed: number }
  | { kind: 'failed'; code: string; reason: string };

const place = (server: NameServer): string => (isIPv6(server.address) ? `[${server.address}]:${server.port}` : `${server.address}:${server.port}`);

/** What both protocols share: one clock, one limit, one way to end. */
function settleOnce(server: NameServer, options: ExchangeOptions, start: (settle: (exchange: Exchange) => void) => () => void): Promise<Exchange> {
  return new Promise((resolve) => {
    let settled = false;
    const failed = (code: string, reason: string): Exchange => ({ kind: 'failed', code, reason });
    const onAbort = () => settle(failed('ABORTED', 'The run was cancelled.'));
    const timer = setTimeout(() => settle(failed('SOCKET_TIMEOUT', `The name server ${place(server)} did not answer within ${Math.round(options.limitMs)} ms.`)), options.limitMs);
    const settle = (exchange: Exchange) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      options.signal.removeEventListener('abort', onAbort);
      close();
      resolve(exchange);
    };
    const close = start(settle);
    options.signal.addEventListener('abort', onAbort);
    if (options.signal.aborted) onAbort();
  });
}

function failure(error: unknown): Exchange {
  const { code, message } = describeNetworkError(error);
  return { kind: 'failed', code, reason: message };
}

/** The end of the exchange that this reception means; null: keep on listening. */
function conclusion(reception: Reception, server: NameServer, elapsed: number): Exchange | null {
  if (reception.kind === 'foreign') return null;
  if (reception.kind === 'ours') return { kind: 'answer', message: reception.message, elapsed };
  return { kind: 'failed', code: 'EBADRESP', reason: `The name server ${place(server)} sent a malformed answer: ${reception.reason}.` };
}

/** Asks over UDP. The socket is connected: the kernel drops datagrams from any other address and reports a closed port. */
export function askOverUdp(question: DnsQuestion, server: NameServer, options: ExchangeOptions): Promise<Exchange> {
  return settleOnce(server, options, (settle) => {
    const id = options.newId();
    const query = encodeQuery(id, question);
    const socket = createSocket(isIPv6(server.address) ? 'udp6' : 'udp4');
    let startedAt = 0;
    let again: NodeJS.Timeout | undefined;
    let flow: Flow | undefined;
    socket.on('error', (error) => settle(failure(error)));
    socket.on('message', (bytes) => {
      const end = conclusion(receive(bytes, id, question), server, options.tick() - startedAt);
      if (end) settle(end);
    });
    socket.once('connect', () => {
      const { port: localPort, address: localAddress } = socket.address();
      options.capture?.flow(flow = { protocol: 'udp', localPort, localAddress, remote: server });
      startedAt = options.tick();
      socket.send(query);
      again = setTimeout(() => socket.send(query), options.retransmitMs);
    });
    socket.connect(server.port, server.address);
    return () => {
      clearTimeout(again);
      socket.close();
      if (flow) options.capture?.over?.(flow);
    };
  });
}

/** Asks over TCP: each message has its length in two bytes before it (RFC 1035, 4.2.2). */
export function askOverTcp(question: DnsQuestion, server: NameServer, options: ExchangeOptions): Promise<Exchange> {
  return settleOnce(server, options, (settle) => {
    const id = options.newId();
    const query = encodeQuery(id, question);
    const startedAt = options.tick();
    let received = Buffer.alloc(0);
    const socket = connect({ host: server.address, port: server.port });
    captureSocket(options.capture, socket);
    socket.on('connect', () => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(query.length);
      socket.write(Buffer.concat([length, query]));
    });
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        const conclusive = conclusion(receive(received.subarray(2, end), id, question), server, options.tick() - startedAt);
        if (conclusive) return settle(conclusive);
        received = received.subarray(end);
      }
    });
    socket.on('error', (error) => settle(failure(error)));
    socket.on('close', () => settle({ kind: 'failed', code: 'ECONNRESET', reason: `The name server ${place(server)} closed the connection without an answer.` }));
    return () => void socket.destroy();
  });
}
