/** Every byte of a file, unpacked as far as it goes: archives, packed streams, base64 in texts, wide characters. */
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { fromBufferPromise } from 'yauzl';

export interface Piece { where: string; bytes: Buffer }

export async function* unpackAll(bytes: Buffer, where: string): AsyncGenerator<Piece> {
  yield { where, bytes };
  if (bytes.includes(0)) {
    for (const from of [0, 1]) {
      const units = Buffer.from(bytes.subarray(from, from + ((bytes.length - from) & ~1)));
      yield { where: `${where} (wide)`, bytes: Buffer.from(units.toString('utf16le')) };
    }
  }
  if (bytes.subarray(0, 4).equals(Buffer.from('PK\x03\x04', 'latin1'))) {
    const zip = await fromBufferPromise(bytes, { lazyEntries: true });
    for await (const entry of zip.eachEntry()) {
      yield { where: `name of ${entry.fileName} in ${where}`, bytes: Buffer.from(entry.fileName) };
      const chunks: Buffer[] = [];
      for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
      yield* unpackAll(Buffer.concat(chunks), `${where} > ${entry.fileName}`);
    }
    return;
  }
  for (const open of [gunzipSync, inflateSync, brotliDecompressSync]) {
    try {
      yield* unpackAll(open(bytes), `${where} (unpacked)`);
    } catch {
      // It is not packed so.
    }
  }
  for (const { 0: text, index } of bytes.toString('latin1').matchAll(/[A-Za-z0-9+/]{40,}={0,2}/g)) yield* unpackAll(Buffer.from(text, 'base64'), `${where} @${index} (base64)`);
}
