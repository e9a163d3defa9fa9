/** A stream of a part of an open file. Unlike the runtime's own it leaves the file open, also when it is given up. */
import { read } from 'node:fs';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';

const readBytes = promisify(read);
const PIECE = 256 * 1024;

/** Bytes `start` (included) to `end` (excluded); fewer where the file ends before. */
export function readRange(fd: number, start: number, end: number): Readable {
  return Readable.from(pieces(fd, start, end), { objectMode: false });
}

async function* pieces(fd: number, start: number, end: number): AsyncGenerator<Buffer> {
  for (let at = start; at < end;) {
    const { bytesRead, buffer } = await readBytes(fd, Buffer.allocUnsafe(Math.min(PIECE, end - at)), 0, Math.min(PIECE, end - at), at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
