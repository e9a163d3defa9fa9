/** Bytes as people look at them. Pure. */

/** The UTF-8 of a text. */
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

const hex = (byte: number) => byte.toString(16).padStart(2, '0');
/** What is no printable ASCII is a dot. */
const sign = (byte: number) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.');

/** Lines of offset, bytes in groups of eight, and their characters. @param perLine a multiple of eight */
export function hexDumpOf(bytes: Uint8Array, perLine = 16): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += perLine) {
    const line = Array.from(bytes.subarray(at, at + perLine));
    const groups = Array.from({ length: perLine / 8 }, (_, group) => line.slice(group * 8, group * 8 + 8).map(hex).join(' ').padEnd(23));
    lines.push(`${at.toString(16).padStart(6, '0')}  ${groups.join('  ')}  ${line.map(sign).join('')}`);
  }
  return lines.join('\n');
}
