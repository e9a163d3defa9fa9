/**
 * One TCP conversation: connect, send, read until there is enough.
 * Promises: settles within the limit, never rejects, leaves no socket behind; keeps what arrived before a failure.
 * Never: decides whether the check passed.
 */
import { connect } from 'node:net';
import { captureSocket, type Capture } from '../kit/capture.ts';
import { describeNetworkError, type NetworkFault } from '../kit/dial.ts';

export interface ConversationOptions {
  address: string;
  port: number;
  /** Text sent right after the connect; null for none. */
  send: string | null;
  /** Whether an answer is waited for; without, the conversation ends with the connect. */
  read: boolean;
  /** ms for the whole conversation. */
  limitMs: number;
  /** ms of silence after the last byte that end the reading (B.8). */
  quietMs: number;
  signal: AbortSignal;
  tick(): number;
  /** Hears of the connection; absent where nothing is captured. */
  capture?: Capture | undefined;
}

export interface Conversation {
  /** Why it ended. `limit`: the time was up; `aborted`: the signal came. */
  ended: 'connected' | 'closed' | 'quiet' | 'enough' | 'limit' | 'aborted' | 'error';
  error?: NetworkFault;
  received: Buffer;
  /** ms; null when there was no connection. */
  connectMs: number | null;
  /** ms from the connect to the last byte that arrived; 0 when none did. */
  dataMs: number;
}

/** "Enough data": as much as a result keeps. */
export const MAX_RECEIVED_BYTES = 256 * 1024;

/** Holds the conversation of `options`. */
export function converse(options: ConversationOptions): Promise<Conversation> {
  return new Promise((resolve) => {
    const startedAt = options.tick();
    const chunks: Buffer[] = [];
    let size = 0;
    let connectedAt: number | null = null;
    let lastByteAt: number | null = null;
    let quiet: NodeJS.Timeout | undefined;
    const socket = connect({ host: options.address, port: options.port });
    captureSocket(options.capture, socket);

    const finish = (ended: Conversation['ended'], error?: NetworkFault) => {
      clearTimeout(limit);
      clearTimeout(quiet);
      options.signal.removeEventListener('abort', onAbort);
      socket.removeAllListeners();
      // A reset that arrives while the socket is being destroyed has nobody left to tell.
      socket.on('error', () => {});
      socket.destroy();
      resolve({
        ended, ...(error ? { error } : {}),
        received: Buffer.concat(chunks).subarray(0, MAX_RECEIVED_BYTES),
        connectMs: connectedAt === null ? null : connectedAt - startedAt,
        dataMs: connectedAt === null || lastByteAt === null ? 0 : lastByteAt - connectedAt,
      });
    };
    const onAbort = () => finish('aborted');
    const limit = setTimeout(() => finish('limit'), options.limitMs);
    options.signal.addEventListener('abort', onAbort);

    socket.on('connect', () => {
      connectedAt = options.tick();
      if (!options.read) return finish('connected');
      if (options.send !== null) socket.write(options.send);
    });
    // Who listens for data starts the reading, which costs more than all the rest when nobody wants any.
    if (options.read) {
      socket.on('data', (bytes: Buffer) => {
        lastByteAt = options.tick();
        chunks.push(bytes);
        size += bytes.length;
        if (size >= MAX_RECEIVED_BYTES) return finish('enough');
        clearTimeout(quiet);
        quiet = setTimeout(() => finish('quiet'), options.quietMs);
      });
      socket.on('end', () => finish('closed'));
    }
    socket.on('close', () => finish('closed'));
    socket.on('error', (error) => finish('error', describeNetworkError(error)));
    if (options.signal.aborted) onAbort();
  });
}
