/** Messages on the wire: a byte that says whether it is compressed, four bytes of length, the message. */
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { STATUS, type GrpcStatus } from './statusCodes.ts';

const HEAD = 5;

export function frame(message: Uint8Array): Buffer {
  const head = Buffer.alloc(HEAD);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** How a server may compress what it sends. */
export const ACCEPTED_ENCODINGS = 'identity,deflate,gzip';
const DECOMPRESS: Readonly<Record<string, (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>> = { gzip: promisify(gunzip), deflate: promisify(inflate) };

/**
 * The messages in `body`, a whole answer. `encoding` is what its `grpc-encoding` says. Where they cannot be read it is the status
 * that clients of gRPC give then. @param maxBytes of one message.
 */
export async function messagesIn(body: Buffer, encoding: string | undefined, maxBytes: number): Promise<{ messages: Buffer[] } | { status: GrpcStatus }> {
  const broken = (message: string) => ({ status: { code: STATUS.INTERNAL, message } });
  const messages: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    if (body.length - at < HEAD) return broken('The answer ends within a message.');
    const compressed = body[at] === 1;
    const length = body.readUInt32BE(at + 1);
    if (length > maxBytes) return { status: tooLarge(maxBytes) };
    const message = body.subarray(at + HEAD, at + HEAD + length);
    if (message.length < length) return broken('The answer ends within a message.');
    at += HEAD + length;
    if (!compressed) {
      messages.push(message);
      continue;
    }
    const decompress = encoding !== undefined && Object.hasOwn(DECOMPRESS, encoding) ? DECOMPRESS[encoding] : undefined;
    if (!decompress) return broken(`The answer is compressed in an unknown way: ${encoding ?? 'none is named'}.`);
    try {
      messages.push(await decompress(message, { maxOutputLength: maxBytes }));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return { status: tooLarge(maxBytes) };
      return broken(`The answer cannot be decompressed: ${(error as Error).message}.`);
    }
  }
  return { messages };
}

export const tooLarge = (maxBytes: number): GrpcStatus => ({ code: STATUS.RESOURCE_EXHAUSTED, message: `The answer is larger than ${maxBytes} bytes.` });
