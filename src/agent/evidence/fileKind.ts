/** What the first bytes of a file say it is: names and content types come from inside the sandbox and are not believed. */

/**
 * media: pictures, sound, films, fonts and printed pages, whose content no search finds; `picture` are those that show something.
 * sealed: packed or encrypted in a way that is not opened here.
 */
export type FileKind = 'zip' | 'gzip' | 'zlib' | 'zstd' | 'picture' | 'media' | 'sealed' | 'plain';

const MAGIC: readonly [FileKind, RegExp][] = [
  ['zip', /^PK(?:\x03\x04|\x05\x06)/],
  ['gzip', /^\x1f\x8b\x08/],
  ['zstd', /^\x28\xb5\x2f\xfd/],
  ['picture', /^(?:\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a|RIFF[^]{4}WEBP|BM[^]{4}\0{4}|\0\0\x01\0|[^]{4}ftyp(?:avif|avis|heic|heix|mif1)|\xff\x0a|II\*\0|MM\0\*)/],
  ['picture', /^(?:\x1a\x45\xdf\xa3|[^]{4}ftyp|%PDF-|RIFF[^]{4}AVI )/],
  ['media', /^(?:OggS|ID3|fLaC|RIFF[^]{4}WAVE|wOF[F2]|\0\x01\0\0\0|OTTO|true\0|\0asm)/],
  ['sealed', /^(?:BZh[1-9]|\xfd7zXZ\0|7z\xbc\xaf\x27\x1c|Rar!|Salted__)/],
  ['zlib', /^\x78[\x01\x5e\x9c\xda]/],
];

/** Films and printed pages count as pictures: they show what was on the screen. */
export function kindOfBytes(bytes: Buffer): FileKind {
  const head = bytes.toString('latin1', 0, 16);
  return MAGIC.find(([, magic]) => magic.test(head))?.[0] ?? 'plain';
}
