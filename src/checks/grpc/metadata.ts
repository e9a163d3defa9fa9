/** Metadata: from settings to the header fields of a call, and from those of an answer to what a result shows. */
import type { IncomingHttpHeaders } from 'node:http2';

export interface MetadataEntry { key: string; value: string }

const FORBIDDEN: ReadonlySet<string> = new Set([
  'te', 'content-type', 'content-length', 'user-agent', 'host', 'connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'http2-settings',
]);

/** What is wrong with a key, to follow its name in a sentence; null for one that can be sent. */
export function metadataKeyFault(key: string): string | null {
  const lower = key.toLowerCase();
  if (!/^[0-9a-z_.-]+$/.test(lower)) return 'must consist of letters, digits, "_", "-" and "."';
  return lower.startsWith('grpc-') || FORBIDDEN.has(lower) ? `must not be ${lower}, which is set by gRPC itself` : null;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/**
 * The header fields of a call: keys in lower case, several values of a key as a list. Values under keys that end in -bin are
 * given, and sent, in base64. A value that cannot be sent gives the sentence that says so.
 */
export function headersOf(metadata: readonly MetadataEntry[]): { headers: Record<string, string[]> } | { problem: string } {
  const headers: Record<string, string[]> = {};
  for (const { key, value } of metadata) {
    const name = key.toLowerCase();
    const text = value.trim();
    if (name.endsWith('-bin') ? !BASE64.test(text) : !/^[\x20-\x7e]*$/.test(text)) {
      return { problem: name.endsWith('-bin') ? `The value of the metadata ${key} is not base64.` : `The value of the metadata ${key} has characters that are not ASCII.` };
    }
    (headers[name] ??= []).push(text);
  }
  return { headers };
}

/** Sent for the protocol's own sake. */
const OF_THE_PROTOCOL: ReadonlySet<string> = new Set(['grpc-status', 'grpc-message', 'grpc-encoding', 'grpc-accept-encoding']);

/** What the server sent along, before and after its message, in this order; the protocol's own fields are left out. */
export function metadataOf(...parts: readonly IncomingHttpHeaders[]): MetadataEntry[] {
  return parts.flatMap((part) => Object.entries(part).flatMap(([key, value]) => {
    if (value === undefined || key.startsWith(':') || OF_THE_PROTOCOL.has(key)) return [];
    return [value].flat().map((one) => ({ key, value: one }));
  }));
}

/** The text of `grpc-message`: percent signs stand for bytes of UTF-8; what is no such sign is left as it is. */
export function statusMessage(value: string | string[] | undefined): string {
  const text = [value].flat().join(', ');
  if (!text.includes('%')) return text;
  const bytes = Buffer.from(text);
  const out: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    const hex = bytes[at] === 0x25 ? /^[0-9a-f]{2}$/i.exec(bytes.subarray(at + 1, at + 3).toString('latin1'))?.[0] : undefined;
    out.push(hex === undefined ? bytes[at]! : parseInt(hex, 16));
    if (hex !== undefined) at += 2;
  }
  return Buffer.from(out).toString('utf8');
}
