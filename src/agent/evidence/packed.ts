/** Bytes that were packed by one of the usual means: unpacked within limits, and packed again in the same way. */
import {
  brotliCompressSync, brotliDecompressSync, deflateRawSync, deflateSync, gunzipSync, gzipSync, inflateRawSync, inflateSync, zstdCompressSync, zstdDecompressSync,
} from 'node:zlib';
import type { FileKind } from './fileKind.ts';

export interface Unpacked { bytes: Buffer; pack(bytes: Buffer): Buffer }

type Packer = [unpack: (bytes: Buffer, options: { maxOutputLength: number }) => Buffer, pack: (bytes: Buffer) => Buffer];

const PACKERS: Partial<Record<FileKind, readonly Packer[]>> = {
  gzip: [[gunzipSync, gzipSync]],
  zlib: [[inflateSync, deflateSync]],
  zstd: [[zstdDecompressSync, zstdCompressSync]],
  // These two say nothing about themselves.
  plain: [[brotliDecompressSync, brotliCompressSync], [inflateRawSync, deflateRawSync]],
};

/**
 * @returns what is inside; null: it is not packed, or not in a way that is known.
 * `too large`: it unpacks to more than `limit` bytes.
 */
export function unpack(bytes: Buffer, kind: FileKind, limit: number): Unpacked | 'too large' | null {
  for (const [open, pack] of PACKERS[kind] ?? []) {
    try {
      return { bytes: open(bytes, { maxOutputLength: limit }), pack };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return kind === 'plain' ? null : 'too large';
    }
  }
  return null;
}
