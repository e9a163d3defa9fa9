/** Sends a stored file: whole, or the one range that was asked for (G.5). What is in it is users' content: it is never run in this origin. */
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Assets, Range } from '../assets/openAssets.ts';
import { refuse } from '../contract/errors.ts';
import { baseName } from './signedLinks.ts';

export interface SentFile { id: string; storage_key: string; name: string; content_type: string; size: number }

/** `bytes=a-b`, `bytes=a-`, `bytes=-n`; anything else is answered whole. 416 outside of the file. */
export function rangeOf(header: string | undefined, size: number): Range | undefined {
  const match = /^bytes=(\d*)-(\d*)$/i.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const [from, to] = [match[1] ?? '', match[2] ?? ''];
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (start >= size || start > end) throw refuse.badRange();
  return { start, end };
}

/** RFC 6266: a name that every client reads, and the true one. */
export function dispositionOf(name: string): string {
  const base = baseName(name);
  const plain = base.replace(/[^\w.() -]/g, '_');
  const encoded = encodeURIComponent(base).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${plain}"${plain === base ? '' : `; filename*=UTF-8''${encoded}`}`;
}

/** Whatever it is called, no browser makes a page of this server out of it. */
export const guardContent = (reply: FastifyReply): FastifyReply =>
  reply.header('x-content-type-options', 'nosniff').header('content-security-policy', "sandbox; default-src 'none'");

/** Any of the versions that the caller has, weak ones too (RFC 9110, 13.1.2). */
const isKnown = (header: string | undefined, etag: string): boolean =>
  (header ?? '').split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag);

/** What has been stored never changes, so its id is its version. Refuses with 410 when the bytes are gone. */
export async function sendFile(assets: Assets, request: FastifyRequest, reply: FastifyReply, file: SentFile): Promise<FastifyReply> {
  const etag = `"${file.id}"`;
  guardContent(reply).header('accept-ranges', 'bytes').header('etag', etag);
  const known = isKnown(request.headers['if-none-match'], etag);
  const range = known ? undefined : wantedRange(request, reply, file, etag);
  const { stream } = await assets.open(file.storage_key, range);
  if (known || request.method === 'HEAD') stream.destroy();
  if (known) return reply.code(304).send(nothing());
  if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${file.size}`);
  reply.header('content-disposition', dispositionOf(file.name)).type(file.content_type)
    .header('content-length', range ? range.end - range.start + 1 : file.size);
  return reply.send(request.method === 'HEAD' ? nothing() : stream);
}

/** For answers without a body: the library would read the whole file for a HEAD, and takes no null. */
const nothing = () => Readable.from([]);

/** None when the caller's part is of another file (`If-Range`), or he wants no part at all (RFC 9110, 14.2: GET alone has ranges). */
function wantedRange(request: FastifyRequest, reply: FastifyReply, file: SentFile, etag: string): Range | undefined {
  const condition = request.headers['if-range'];
  if (request.method !== 'GET') return undefined;
  if (condition !== undefined && condition !== etag) return undefined;
  try {
    return rangeOf(request.headers.range, file.size);
  } catch (error) {
    reply.header('content-range', `bytes */${file.size}`);
    throw error;
  }
}
