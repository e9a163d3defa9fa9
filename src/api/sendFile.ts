/** Sends a stored file: whole, or the one range that was asked for (G.5). */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Assets, Range } from '../assets/openAssets.ts';
import { refuse } from '../contract/errors.ts';

export interface SentFile { storage_key: string; name: string; content_type: string; size: number }

/** `bytes=a-b`, `bytes=a-`, `bytes=-n`; anything else is answered whole. 416 outside of the file. */
export function rangeOf(header: string | undefined, size: number): Range | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const [from, to] = [match[1] ?? '', match[2] ?? ''];
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (start >= size || start > end) throw refuse.badRange();
  return { start, end };
}

export async function sendFile(assets: Assets, request: FastifyRequest, reply: FastifyReply, file: SentFile): Promise<FastifyReply> {
  const range = rangeOf(request.headers.range, file.size);
  const { stream } = await assets.open(file.storage_key, range);
  reply.header('accept-ranges', 'bytes').header('content-disposition', `attachment; filename="${file.name.replace(/[^\w.() -]/g, '_')}"`)
    .header('x-content-type-options', 'nosniff').type(file.content_type);
  if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${file.size}`);
  return reply.header('content-length', range ? range.end - range.start + 1 : file.size).send(stream);
}
