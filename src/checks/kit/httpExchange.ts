/** One HTTP request and its answer over a connection of its own. */
import { request, STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { readBody, type HttpBody } from './httpBody.ts';

/** Name and value; a name may occur several times. */
export type HeaderLine = readonly [name: string, value: string];

/** A request that is ready to be sent. */
export interface HttpMessage { method: string; url: URL; headers: readonly HeaderLine[]; body: Buffer | null }

/** `headers`: names in lower case, repeated ones joined by `, ` (B.5). */
export interface Head { status: number; statusText: string; headers: Record<string, string> }

export interface Exchange {
  head: Head;
  /** Null when `wantsBody` declined it. */
  body: HttpBody | null;
}

/**
 * Sends `message` over `socket`, which is closed afterwards. `onHead` is called as soon as the head of the answer has
 * arrived and says whether the body is wanted; without it the exchange ends there. `target` is what the request line asks
 * for: a path, or a whole URL for a proxy. Rejects with the error of the connection or of the parser.
 */
export function exchange(
  socket: Socket, message: HttpMessage, target: string, onHead: (head: Head) => boolean,
): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    let received: IncomingMessage | undefined;
    const asked = request({
      method: message.method, path: target, headers: message.headers.flat(), createConnection: () => socket,
    });
    asked.once('response', (answer) => {
      received = answer;
      const head = headOf(answer);
      if (onHead(head)) {
        readBody(answer, head.headers['content-encoding']).then((body) => resolve({ head, body }), reject).finally(() => {
          // A close in the stream's own time, after the server's, costs a fraction of an abrupt one. A request that is still
          // being sent has no such end: a server that does not read on would keep it for ever.
          if (asked.writableFinished) socket.destroySoon(); else socket.destroy();
        });
      } else {
        resolve({ head, body: null });
        socket.destroy();
      }
    });
    asked.once('upgrade', (answer) => {
      reject(new Error(`The server switched protocols (${answer.statusCode}), which a check cannot follow.`));
      socket.destroy();
    });
    asked.on('error', (error: NodeJS.ErrnoException) => {
      // Once there is an answer it is what counts, even when the rest of the request cannot be sent or more follows than the
      // answer holds (a body after HEAD). The reader of the body learns of a broken connection by itself, but only here of an
      // answer that the parser cannot follow.
      if (received && (received.complete || !error.code?.startsWith('HPE_'))) return;
      reject(error);
      socket.destroy();
    });
    asked.once('close', () => {
      if (!received) reject(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
    });
    asked.end(message.body ?? undefined);
  });
}

function headOf(answer: IncomingMessage): Head {
  const headers: Record<string, string> = {};
  const { rawHeaders } = answer;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    const value = rawHeaders[index + 1] as string;
    headers[name] = Object.hasOwn(headers, name) ? `${headers[name]}, ${value}` : value;
  }
  const status = answer.statusCode ?? 0;
  return { status, statusText: answer.statusMessage || STATUS_CODES[status] || '', headers };
}
