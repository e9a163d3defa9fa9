/** How the body of an HTTP answer is read as text and what of it a result keeps (B.6). */
import { TextDecoder } from 'node:util';

/** Kept of a body, in bytes of UTF-8. */
export const STORED_LIMIT = 256 * 1024;
/** Pictures up to this raw size are kept, in bytes. */
const IMAGE_LIMIT = 50 * 1024;

const RASTER_IMAGES = /^image\/(png|jpeg|gif|webp|avif|apng|bmp|x-icon|vnd\.microsoft\.icon)$/;
const REPLACED = new Set([
  'application/pdf', 'audio/wave', 'audio/wav', 'audio/x-wav', 'audio/x-pn-wav', 'audio/mpeg', 'audio/x-ms-wma',
  'audio/vnd.rn-realaudio', 'application/octet-stream', 'application/ogg', 'application/x-shockwave-flash', 'application/zip',
  'video/mpeg', 'video/mp4', 'video/quicktime', 'video/x-ms-wmv', 'video/x-msvideo', 'video/x-flv', 'video/webm',
]);

/** `notice`: the body itself was replaced by a short sentence. */
export interface StoredBody { body: string; bodyEncoding?: 'base64'; truncated: boolean; notice?: true }

/** The media type without parameters, in lower case; empty when there is none. */
export function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** `application/json` and every `+json` type (B.5). */
export function isJson(contentType: string | undefined): boolean {
  return /^(application\/json|[^/]+\/[^/]+\+json)$/.test(mediaType(contentType));
}

/** The body as text, in the charset that the content type names, else UTF-8; a byte order mark is left out. */
export function bodyText(bytes: Uint8Array, contentType: string | undefined): string {
  return charsetDecoder(contentType).decode(bytes);
}

/**
 * What the result keeps. `cut` says that more was sent than was read. `keepAll` switches the replacement of binary
 * content types off (a TEXT_BODY assertion does, B.6); pictures are kept as base64 either way.
 */
export function storedBody(bytes: Buffer, cut: boolean, contentType: string | undefined, keepAll: boolean): StoredBody {
  const type = mediaType(contentType);
  if (bytes.length === 0) return { body: '', truncated: cut };
  if (RASTER_IMAGES.test(type)) {
    if (bytes.length <= IMAGE_LIMIT && !cut) return { body: bytes.toString('base64'), bodyEncoding: 'base64', truncated: false };
    return replaced(type, bytes.length, cut);
  }
  if (REPLACED.has(type) && !keepAll) return replaced(type, bytes.length, cut);
  if (bytes.length <= STORED_LIMIT) {
    const whole = cutText(bodyText(bytes, contentType));
    return { body: whole.text, truncated: cut || whole.cut };
  }
  // stream: a character that the cut goes through is left out instead of being replaced.
  const head = charsetDecoder(contentType).decode(bytes.subarray(0, STORED_LIMIT), { stream: true });
  return { body: cutText(head).text, truncated: true };
}

/** The beginning of a text that fits the stored limit, cut between characters. */
export function cutText(text: string): { text: string; cut: boolean } {
  // UTF-8 has at most three bytes for each of the string's units.
  if (text.length * 3 <= STORED_LIMIT || Buffer.byteLength(text) <= STORED_LIMIT) return { text, cut: false };
  const bytes = Buffer.from(text).subarray(0, STORED_LIMIT);
  return { text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream: true }), cut: true };
}

function replaced(type: string, size: number, cut: boolean): StoredBody {
  return { body: `[${type} of ${cut ? 'more than ' : ''}${size} bytes: not stored]`, truncated: cut, notice: true };
}

function charsetDecoder(contentType: string | undefined): TextDecoder {
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType ?? '')?.[1];
  if (charset && !/^utf-?8$/i.test(charset)) {
    try {
      return new TextDecoder(charset);
    } catch { /* an unknown name: read as UTF-8 like no name */ }
  }
  return new TextDecoder();
}
