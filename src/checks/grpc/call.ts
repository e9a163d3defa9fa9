/**
 * One call over a connection: messages out, messages and a status back. Streams of several messages are the same on the wire as
 * long as all of them can be sent at once; reflection is asked like that.
 * Promises: settles when the call ends or its connection does, never rejects; what a server leaves out is filled in by the
 * tables of the protocol.
 * Never: decides whether a status is good.
 */
import { constants, type ClientHttp2Stream, type IncomingHttpHeaders } from 'node:http2';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { NetworkFault } from '../kit/dial.ts';
import { USER_AGENT } from '../kit/httpRequest.ts';
import type { Connection } from './connection.ts';
import { ACCEPTED_ENCODINGS, frame, messagesIn, tooLarge } from './frames.ts';
import { metadataOf, statusMessage, type MetadataEntry } from './metadata.ts';
import { STATUS, statusOfHttp, statusOfReset, type GrpcStatus } from './statusCodes.ts';

/** Bytes that a message, or all messages of one answer together, may have: what clients of gRPC take by default. */
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

export interface Call {
  /** `package.Service/Method`. */
  method: string;
  messages: readonly Uint8Array[];
  /** Metadata as header fields. */
  headers: Readonly<Record<string, string[]>>;
  /** ms that the server is told to have. */
  timeoutMs: number;
}

export interface Answer { kind: 'answer'; status: GrpcStatus; metadata: MetadataEntry[]; messages: Buffer[] }
export type Reply = Answer | { kind: 'broken'; error: NetworkFault };

/** What came over the stream. */
interface Heard { head: IncomingHttpHeaders | null; trailers: IncomingHttpHeaders; body: Buffer; over: boolean; reset: number }

export async function call(connection: Connection, asked: Call): Promise<Reply> {
  const heard = await listen(connection, asked);
  const { head, trailers, body, over, reset } = heard ?? { head: null, trailers: {}, body: Buffer.alloc(0), over: false, reset: 0 };
  const given = (metadata: MetadataEntry[], status: GrpcStatus, messages: Buffer[] = []): Answer => ({ kind: 'answer', status, metadata, messages });
  const metadata = metadataOf(head ?? {}, trailers);
  if (over) return given(metadata, tooLarge(MAX_ANSWER_BYTES));
  const status = statusIn(trailers) ?? (head && statusIn(head));
  if (!status) {
    const error = connection.fault() ?? (heard ? null : { code: 'ECONNRESET', message: 'the connection was closed before the call' });
    if (error) return { kind: 'broken', error };
    if (head && !isGrpc(head)) return given(metadata, statusOfHttp(Number(head[':status']), head['content-type']));
    if (reset !== 0) return given(metadata, statusOfReset(reset));
    return given(metadata, { code: STATUS.INTERNAL, message: 'The server ended the call without a status.' });
  }
  if (status.code !== STATUS.OK) return given(metadata, status);
  const encoding = head?.['grpc-encoding'];
  const read = await messagesIn(body, encoding === undefined ? undefined : String(encoding), MAX_ANSWER_BYTES);
  return 'status' in read ? given(metadata, read.status) : given(metadata, status, read.messages);
}

/** Null where the connection was gone before anything could be sent. */
async function listen({ session, authority, ended }: Connection, { method, messages, headers, timeoutMs }: Call): Promise<Heard | null> {
  let stream: ClientHttp2Stream;
  try {
    stream = session.request({
      ...headers, ':method': 'POST', ':scheme': session.encrypted ? 'https' : 'http', ':authority': authority, ':path': `/${method}`,
      'content-type': 'application/grpc', te: 'trailers', 'user-agent': USER_AGENT, 'grpc-accept-encoding': ACCEPTED_ENCODINGS,
      'grpc-timeout': `${Math.max(1, Math.ceil(timeoutMs))}m`,
    });
  } catch {
    return null;
  }
  const heard: Heard = { head: null, trailers: {}, body: Buffer.alloc(0), over: false, reset: 0 };
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('response', (head) => { heard.head = head; });
  stream.on('trailers', (trailers: IncomingHttpHeaders) => { heard.trailers = trailers; });
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_ANSWER_BYTES) return void chunks.push(chunk);
    heard.over = true;
    stream.close(constants.NGHTTP2_CANCEL);
  });
  // Whatever it is, the stream closes next, and the connection knows why.
  stream.on('error', () => undefined);
  stream.end(Buffer.concat(messages.map(frame)));
  await new Promise((resolve) => { stream.once('close', resolve); });
  // A connection that ends tells why a little after its streams have closed.
  await nextTurn();
  if (session.destroyed) await ended();
  return { ...heard, body: Buffer.concat(chunks), reset: stream.rstCode ?? 0 };
}

function statusIn(fields: IncomingHttpHeaders): GrpcStatus | null {
  const code = fields['grpc-status'];
  if (code === undefined) return null;
  return { code: /^\d{1,9}$/.test(String(code)) ? Number(code) : STATUS.UNKNOWN, message: statusMessage(fields['grpc-message'] ?? '') };
}

const isGrpc = (head: IncomingHttpHeaders): boolean => head[':status'] as unknown === 200 && /^application\/grpc(?:$|[+;])/.test(head['content-type'] ?? '');
