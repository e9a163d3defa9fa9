/** Reads the body of an HTTP answer: decoded, and never more than the limit (B.6). */
import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

/** Read at most, in bytes after decoding; assertions see this much (B.6). */
const READ_LIMIT = 25 * 1024 * 1024;
/** No honest answer is encoded more often; each layer costs memory. */
const MAX_ENCODINGS = 3;

/** `cut`: the answer was longer than the limit and was not read further. */
export interface HttpBody { bytes: Buffer; cut: boolean }

/**
 * Collects `answer`, undoing `contentEncoding` (gzip, deflate in both forms, br; an unknown one is left as it is).
 * Stops at `limit` bytes of decoded body, so that a small compressed answer cannot fill the memory.
 * Rejects with the connection's error when the body breaks off, and with a sentence when it cannot be decoded.
 */
export async function readBody(answer: IncomingMessage, contentEncoding: string | undefined, limit: number = READ_LIMIT): Promise<HttpBody> {
  const encodings = encodingsOf(contentEncoding);
  if (encodings.length === 0) return collect(answer, limit);
  if (encodings.length > MAX_ENCODINGS) throw new Error(`The response body is encoded ${encodings.length} times (${MAX_ENCODINGS} at most are read).`);
  const first = await firstChunk(answer);
  if (first === null) return { bytes: Buffer.alloc(0), cut: false };
  return decode(answer, encodings.map((encoding, layer) => decoderFor(encoding, layer === 0 ? first : null)), limit);
}

/** The encodings to undo, the outermost first. Empty when there is none or one of them is unknown. */
function encodingsOf(header: string | undefined): string[] {
  if (!header) return [];
  const names = header.toLowerCase().split(',').map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity');
  return names.every((name) => /^(x-gzip|gzip|deflate|br)$/.test(name)) ? names.reverse() : [];
}

function decoderFor(encoding: string, first: Buffer | null): Transform {
  if (encoding === 'br') return createBrotliDecompress();
  if (encoding !== 'deflate') return createGunzip();
  // Some servers send bare deflate data; with the zlib wrapper the low half of the first byte is 8.
  return first !== null && ((first[0] ?? 0) & 0x0f) !== 8 ? createInflateRaw() : createInflate();
}

/** The first piece, put back into the paused stream; null when the body is empty, which no decoder would accept. */
function firstChunk(answer: IncomingMessage): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    answer.once('error', (error) => reject(brokenOff(error)));
    answer.once('end', () => resolve(null));
    answer.once('data', (chunk: Buffer) => {
      answer.pause();
      answer.unshift(chunk);
      resolve(chunk);
    });
  });
}

function collect(answer: IncomingMessage, limit: number): Promise<HttpBody> {
  return new Promise((resolve, reject) => {
    const sink = bodySink(limit, () => answer.destroy(), resolve);
    answer.on('data', sink.take);
    answer.once('end', sink.done);
    answer.once('error', (error) => reject(brokenOff(error)));
  });
}

/** Wired by hand: `stream.pipeline` calls its end before the last decoder has noticed that its data are not complete. */
function decode(answer: IncomingMessage, decoders: Transform[], limit: number): Promise<HttpBody> {
  return new Promise((resolve, reject) => {
    const stop = () => [answer, ...decoders].forEach((stream) => stream.destroy());
    const sink = bodySink(limit, stop, resolve);
    const fail = (error: Error) => { reject(error); stop(); };
    answer.once('error', (error) => fail(brokenOff(error)));
    let last: Readable = answer;
    for (const decoder of decoders) {
      decoder.on('error', ({ message }) => fail(new Error(
        `The response body cannot be decoded (content-encoding ${answer.headers['content-encoding']}): ${message}`)));
      last = last.pipe(decoder);
    }
    last.on('data', sink.take);
    last.once('end', sink.done);
  });
}

/** Counts while it collects; at the limit it stops the source and hands over what there is. */
function bodySink(limit: number, stop: () => void, deliver: (body: HttpBody) => void) {
  const chunks: Buffer[] = [];
  let size = 0;
  let settled = false;
  const finish = (cut: boolean) => {
    settled = true;
    deliver({ bytes: chunks.length === 1 ? chunks[0] as Buffer : Buffer.concat(chunks, size), cut });
  };
  return {
    take(chunk: Buffer) {
      if (settled) return;
      const room = limit - size;
      chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
      size += Math.min(chunk.length, room);
      if (chunk.length <= room) return;
      finish(true);
      stop();
    },
    done() {
      if (!settled) finish(false);
    },
  };
}

/** Node's word for a connection that ended early is only "aborted". */
function brokenOff({ message }: Error): Error {
  const clear = message === 'aborted' ? 'The connection was closed before the response body was complete (ECONNRESET)' : message;
  return Object.assign(new Error(clear), { code: 'ECONNRESET' });
}
