/** Takes the secrets of a run out of texts, of JSON by its values, and of bytes in whatever charset. Runs in a thread of its own. */
import { needlesOf, type Needle } from '../../checks/kit/needles.ts';
import { replacePlaces } from '../../checks/kit/needlePlaces.ts';
import { createRedactor, MASK } from '../../checks/kit/redact.ts';
import type { Rewrite } from '../../checks/kit/trueReasons.ts';


/** `rewrites`: texts to be put in place of others, such as the true reason of an error. */
export interface ScrubSettings { secrets: readonly string[]; rewrites: readonly Rewrite[] }

/** How JSON is treated: which values are kept as they are, and what is in base64. */
export interface JsonRules {
  /** Numbers that equal a secret go: everywhere, or below these keys. */
  numbers: 'everywhere' | ReadonlySet<string>;
  keeps(key: string, value: string): boolean;
  /** What is to stand in place of a string that looks like base64; null: it is treated like any other. */
  base64?(text: string): string | null;
}

export interface Scrubber {
  /** There is nothing to look for. */
  readonly idle: boolean;
  text(text: string): string;
  /** A JSON text by its values; one that is no JSON like any other text. The same string when there is nothing in it. */
  json(text: string, rules: JsonRules): string;
  /** `changed` bytes, or null when nothing is in them. Binary formats keep their length. @param media only what cannot be there by chance. */
  bytes(bytes: Buffer, media?: boolean): Buffer | null;
}

/** In packed bytes everything short is found by chance. */
const MEDIA_SHORTEST = 8;
/** Shorter runs of base64 are words. */
const BASE64 = /^[A-Za-z0-9+/]{22,}={0,2}$/;

export function createScrubber({ secrets, rewrites }: ScrubSettings): Scrubber {
  const redactor = createRedactor([], secrets);
  const found = redactor.secrets();
  const needles = found.flatMap(needlesOf);
  const mediaNeedles = found.filter((secret) => secret.length >= MEDIA_SHORTEST).flatMap(needlesOf);
  const numbers = new Set(found.filter((secret) => /^-?\d+(?:\.\d+)?$/.test(secret)).filter(isPlainNumber).map(Number));
  const put = (text: string) => rewrites.reduce((now, { find, put: other }) => (find === '' ? now : now.replaceAll(find, other)), text);
  const text = (source: string) => redactor.text(put(source));
  const rewritesAsBytes = rewrites.map(({ find, put: other }) => ({ find: asBytes(find), put: asBytes(other) }));
  const idle = found.length === 0 && rewrites.length === 0;

  const bytes = (source: Buffer, media = false): Buffer | null => {
    if (idle) return null;
    if (media) return sameLength(source, mediaNeedles);
    const order = isWide(source);
    if (order) return scrubWide(source, order, text);
    if (isBinary(source)) return sameLength(source, needles);
    const before = source.toString('latin1');
    const after = redactor.text(rewritesAsBytes.reduce((now, rewrite) => now.replaceAll(rewrite.find, rewrite.put), before));
    return after === before ? null : Buffer.from(after, 'latin1');
  };
  return {
    idle, text, bytes,
    json(source, rules) {
      let parsed: unknown;
      try {
        parsed = JSON.parse(source);
        const walked = walk(parsed, { ...rules, text, isSecret: (number) => numbers.has(number), comparing: rules.numbers === 'everywhere' }, '');
        return walked === parsed ? source : JSON.stringify(walked, null, /^\s*\{\n {2}"/.test(source) ? 2 : 0);
      } catch {
        // No JSON, or nested so deep that nobody could read it.
        return text(source);
      }
    },
  };
}

/** A number that is written in one way only, but for zeros behind the point. */
const isPlainNumber = (secret: string): boolean => String(Number(secret)) === (secret.includes('.') ? secret.replace(/\.?0+$/, '') : secret);

const asBytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

interface Walk extends JsonRules { text(source: string): string; isSecret(number: number): boolean; comparing: boolean }

/** A copy where something had to go, the original itself where not. Throws a RangeError beyond the depth of the stack. */
function walk(value: unknown, rules: Walk, key: string): unknown {
  if (typeof value === 'string') return rules.keeps(key, value) ? value : scrubString(value, rules);
  if (typeof value === 'number') return rules.comparing && rules.isSecret(value) ? MASK : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => walk(item, rules, key));
    return items.some((item, at) => item !== value[at]) ? items : value;
  }
  let changed = false;
  const copy: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    const inner = rules.comparing || rules.numbers === 'everywhere' || !rules.numbers.has(name) ? rules : { ...rules, comparing: true };
    const clean = walk(item, inner, name);
    const cleanName = rules.text(name);
    let free = cleanName;
    for (let n = 2; Object.hasOwn(copy, free); n++) free = `${cleanName} (${n})`;
    changed ||= clean !== item || free !== name;
    // Defined, not assigned: a key may be `__proto__`.
    Object.defineProperty(copy, free, { value: clean, writable: true, enumerable: true, configurable: true });
  }
  return changed ? copy : value;
}

function scrubString(value: string, { text, base64 }: Walk): string {
  return (base64 && value.length % 4 === 0 && BASE64.test(value) ? base64(value) : null) ?? text(value);
}

/** Bytes are searched as Latin-1: in it ASCII, Latin-1 itself and UTF-8, byte by byte, are all found, and nothing else changes. */
function sameLength(source: Buffer, needles: readonly Needle[]): Buffer | null {
  const before = source.toString('latin1');
  let after = replacePlaces(before, needles, (length) => '*'.repeat(length));
  for (const offset of [0, 1]) {
    for (const swapped of [false, true]) {
      const bytes = Buffer.from(after, 'latin1');
      const units = bytes.subarray(offset, offset + ((bytes.length - offset) & ~1));
      if (swapped) units.swap16();
      const wide = units.toString('utf16le');
      const clean = replacePlaces(wide, needles, (length) => '*'.repeat(length));
      if (clean === wide) continue;
      Buffer.from(clean, 'utf16le').copy(units);
      if (swapped) units.swap16();
      after = bytes.toString('latin1');
    }
  }
  return after === before ? null : Buffer.from(after, 'latin1');
}

/** UTF-16, by its mark or because every other byte is zero. */
function isWide(source: Buffer): 'le' | 'be' | null {
  if (source.length < 4 || source.length % 2 === 1) return null;
  if (source[0] === 0xff && source[1] === 0xfe) return 'le';
  if (source[0] === 0xfe && source[1] === 0xff) return 'be';
  const zeros = [0, 0];
  const end = Math.min(source.length, 2000);
  for (let at = 0; at < end; at++) if (source[at] === 0) zeros[at % 2]! += 1;
  const [even = 0, odd = 0] = zeros;
  if (odd > end * 0.35 && even < end * 0.05) return 'le';
  return even > end * 0.35 && odd < end * 0.05 ? 'be' : null;
}

function scrubWide(source: Buffer, order: 'le' | 'be', text: (source: string) => string): Buffer | null {
  const big = order === 'be';
  const little = big ? Buffer.from(source).swap16() : source;
  const before = little.toString('utf16le');
  const after = text(before);
  if (after === before) return null;
  const bytes = Buffer.from(after, 'utf16le');
  return big ? bytes.swap16() : bytes;
}

/** Control characters, other than those of texts and terminals, near the beginning. */
function isBinary(source: Buffer): boolean {
  const end = Math.min(source.length, 64 * 1024);
  for (let at = 0; at < end; at++) {
    const byte = source[at]!;
    if (byte < 7 || (byte > 13 && byte < 27)) return true;
  }
  return false;
}
