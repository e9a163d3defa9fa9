/** Scrubs the bytes of one file or of one part of it, whatever they are: what is packed in them is unpacked first. */
import { isUtf8 } from 'node:buffer';
import { fromBufferPromise } from 'yauzl';
import { kindOfBytes } from './fileKind.ts';
import { unpack } from './packed.ts';
import type { JsonRules, Scrubber } from './scrubber.ts';
import { NO_PICTURES, scrubZip } from './scrubZip.ts';
import type { TraceReader } from './traceFindings.ts';

/** What all parts of a file share. */
export interface ScrubContext {
  scrubber: Scrubber;
  keepPictures: boolean;
  /** Bytes that may still be unpacked: a bomb is given up. */
  room: number;
  /** What was left out, a sentence's end each. */
  leftOut: string[];
  /** Pictures that were left out. */
  pictures: number;
  trace: TraceReader;
  depth: number;
}

/** What becomes of some bytes: null: they stay as they are; `leftOut`: why they cannot be kept. */
export type Scrubbed = { bytes: Buffer } | { leftOut: string } | null;

/** Bytes that one part may have, unpacked. */
export const LARGEST_PART = 64 * 1024 * 1024;
/** Packed in packed in packed. */
const DEEPEST = 4;

export async function scrubBytes(source: Buffer, context: ScrubContext): Promise<Scrubbed> {
  const kind = kindOfBytes(source);
  const { scrubber } = context;
  if (kind === 'picture' && !context.keepPictures) return { leftOut: NO_PICTURES };
  if (scrubber.idle && context.keepPictures) return null;
  if (kind === 'sealed') return { leftOut: 'it is packed in a way that cannot be searched for secrets' };
  if (kind === 'zip') return deeper(context, (inner) => scrubZipBytes(source, inner));
  if (kind === 'picture' || kind === 'media') return result(scrubber.bytes(source, true));
  const packed = unpack(source, kind, Math.min(LARGEST_PART, context.room));
  if (packed === 'too large') return { leftOut: 'it unpacks to more than can be searched for secrets' };
  if (packed === null) return scrubPlain(source, context);
  context.room -= packed.bytes.length;
  const inside = await deeper(context, (inner) => scrubBytes(packed.bytes, inner));
  if (inside === null) return kind === 'plain' ? scrubPlain(source, context) : null;
  return 'bytes' in inside ? { bytes: packed.pack(inside.bytes) } : inside;
}

async function scrubZipBytes(source: Buffer, context: ScrubContext): Promise<Scrubbed> {
  const chunks: Buffer[] = [];
  const open = () => fromBufferPromise(source, { lazyEntries: true });
  const changed = await scrubZip({ open, context, part: scrubBytes, write: async (stream) => { for await (const chunk of stream) chunks.push(chunk as Buffer); } });
  return changed ? { bytes: Buffer.concat(chunks) } : null;
}

async function deeper(context: ScrubContext, work: (inner: ScrubContext) => Promise<Scrubbed>): Promise<Scrubbed> {
  if (context.depth >= DEEPEST) return { leftOut: 'it is packed too many times' };
  context.depth += 1;
  try {
    return await work(context);
  } finally {
    context.depth -= 1;
  }
}

/** JSON by its values; where that finds nothing, and everything else, by its bytes. */
async function scrubPlain(source: Buffer, context: ScrubContext): Promise<Scrubbed> {
  if (!/^\s*[[{]/.test(source.toString('latin1', 0, 64)) || !isUtf8(source)) return scrubEmbedded(source, context);
  const text = source.toString('utf8');
  const aside: Aside[] = [];
  let clean = context.scrubber.json(text, { numbers: 'everywhere', keeps: () => false, base64: decodeWith(context, aside) });
  if (clean === text) return scrubEmbedded(source, context);
  for (const { token, bytes, as } of aside) {
    const inside = await scrubBytes(bytes, context);
    if (inside && 'leftOut' in inside && inside.leftOut === NO_PICTURES) context.pictures += 1;
    const encoded = inside === null ? as : 'bytes' in inside ? inside.bytes.toString('base64') : Buffer.from(`(left out: ${inside.leftOut})`).toString('base64');
    clean = clean.replace(token, () => encoded);
  }
  return clean === text ? null : { bytes: Buffer.from(clean) };
}

interface Aside { token: string; bytes: Buffer; as: string }

/** Base64 in JSON is looked into. Archives take longer than the walk, and pictures may have to go: they are put aside, a token in their place. */
function decodeWith({ scrubber, keepPictures }: ScrubContext, aside: Aside[]): NonNullable<JsonRules['base64']> {
  return (as) => {
    const bytes = Buffer.from(as, 'base64');
    const kind = kindOfBytes(bytes);
    if (kind === 'plain') return scrubber.bytes(bytes)?.toString('base64') ?? null;
    if (kind === 'media' || (kind === 'picture' && keepPictures)) return scrubber.bytes(bytes, true)?.toString('base64') ?? as;
    const token = `(put aside: ${aside.length})`;
    aside.push({ token, bytes, as });
    return token;
  };
}

/** Archives that a page holds as a data URL: an HTML report is made so. */
const DATA_URL = /base64,(UEsD[A-Za-z0-9+/=]{40,}|H4sI[A-Za-z0-9+/=]{20,})/g;

async function scrubEmbedded(source: Buffer, context: ScrubContext): Promise<Scrubbed> {
  if (!source.includes('base64,UEsD') && !source.includes('base64,H4sI')) return result(context.scrubber.bytes(source));
  const text = source.toString('latin1');
  const out: Buffer[] = [];
  let done = 0;
  const plain = (bytes: Buffer) => out.push(context.scrubber.bytes(bytes) ?? bytes);
  for (const { index, 1: body = '' } of text.matchAll(DATA_URL)) {
    const from = index + 'base64,'.length;
    plain(source.subarray(done, from));
    const bytes = Buffer.from(body, 'base64');
    const inside = await scrubBytes(bytes, context);
    out.push(inside === null ? source.subarray(from, from + body.length) : Buffer.from('bytes' in inside ? inside.bytes.toString('base64') : ''));
    done = from + body.length;
  }
  plain(source.subarray(done));
  const clean = Buffer.concat(out);
  return clean.equals(source) ? null : { bytes: clean };
}

const result = (bytes: Buffer | null): Scrubbed => (bytes === null ? null : { bytes });
