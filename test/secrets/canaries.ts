/** Secrets that give themselves away: random letters inside of them stay as they are in every encoding but base64. */
import { randomBytes } from 'node:crypto';

export interface Canary {
  /** Where it is put. */
  name: string;
  value: string;
  /** The random parts; none of them may be found anywhere. */
  marks: string[];
}

/** @param shape the secret, made of one mark or several and of whatever characters are to be tried. */
export function canary(name: string, shape: (mark: () => string) => string): Canary {
  const marks: string[] = [];
  const value = shape(() => {
    const mark = `q${BigInt(`0x${randomBytes(8).toString('hex')}`).toString(36).padStart(13, 'z').slice(-9)}`;
    marks.push(mark);
    return mark;
  });
  return { name, value, marks };
}

/** Something of an existing value, such as a key that the server made. */
export const canaryOf = (name: string, value: string): Canary => ({ name, value, marks: [value] });

/** The characters of base64 that a text decides alone, for each of the three places where it can start. */
function base64Cores(text: string): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.from('\0'.repeat(offset) + text).toString('base64');
    const core = encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + text.length) * 8) / 6));
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

interface Needle { what: string; mark: string; bytes: Buffer; /** In capital and small letters alike. */ folded: boolean }

/** Bytes of a needle that are looked up at each place of what is searched. */
const HEAD = 4;
/** Capital letters become small ones; other bytes may come to the same, which a second look tells apart. */
const fold = (byte: number): number => (byte >= 65 && byte <= 90 ? byte + 32 : byte);
const hashAt = (bytes: Uint8Array, at: number): number =>
  (fold(bytes[at]!) | (fold(bytes[at + 1]!) << 8) | (fold(bytes[at + 2]!) << 16) | (fold(bytes[at + 3]!) << 24)) * 2_654_435_761 >>> 16 & 0xffff;

const needlesOf = (canaries: readonly Canary[]): Needle[] => canaries.flatMap(({ name, marks }) => marks.flatMap((mark) => [
  { what: name, mark, bytes: Buffer.from(mark.toLowerCase()), folded: true },
  ...base64Cores(mark).map((core) => ({ what: `${name} in base64`, mark, bytes: Buffer.from(core), folded: false })),
]));

const known = new WeakMap<readonly Canary[], Map<number, Needle[]>>();
function byHead(canaries: readonly Canary[]): Map<number, Needle[]> {
  let heads = known.get(canaries);
  if (!heads) known.set(canaries, heads = Map.groupBy(needlesOf(canaries), ({ bytes }) => hashAt(bytes, 0)));
  return heads;
}

function isAt(bytes: Uint8Array, at: number, needle: Needle): boolean {
  for (let i = 0; i < needle.bytes.length; i++) {
    const byte = bytes[at + i];
    if (byte === undefined || (needle.folded ? fold(byte) : byte) !== needle.bytes[i]) return false;
  }
  return true;
}

/** What is found of the canaries: a line for each mark, with what stands around it. Looks at each byte once, however many there are. */
export function findLeaks(canaries: readonly Canary[], searched: Buffer | string, where: string): string[] {
  const bytes = typeof searched === 'string' ? Buffer.from(searched) : searched;
  const heads = byHead(canaries);
  const isHead = new Uint8Array(0x10000);
  for (const hash of heads.keys()) isHead[hash] = 1;
  const found = new Map<string, string>();
  for (let at = 0; at <= bytes.length - HEAD; at++) {
    const hash = hashAt(bytes, at);
    if (isHead[hash] === 0) continue;
    for (const needle of heads.get(hash) ?? []) {
      const key = `${needle.what} ${needle.mark}`;
      if (found.has(key) || !isAt(bytes, at, needle)) continue;
      found.set(key, `${needle.what}, in ${where}: ${JSON.stringify(bytes.toString('latin1', Math.max(0, at - 60), at + 60))}`);
    }
  }
  return [...found.values()];
}
