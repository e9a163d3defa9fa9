/**
 * Resource records in the two forms of B.9: `data` for JSON_ANSWER (TXT without quotes) and `text` as `dig` prints it.
 * Promises: names are fully qualified with the final dot; a record nobody knows is shown in the form of RFC 3597.
 * Never: throws on odd record data.
 */
import type { Answer } from 'dns-packet';
import { escapeText, presentSvcb } from './svcb.ts';

/** The record types a check may ask for. */
export const RECORD_TYPES = ['A', 'AAAA', 'CNAME', 'MX', 'NS', 'TXT', 'SOA', 'HTTPS'] as const;
export type RecordType = (typeof RECORD_TYPES)[number];

/** Types the packet library has no name for: number on the wire -> mnemonic. */
const LATER_TYPES: Readonly<Record<string, string>> = { UNKNOWN_64: 'SVCB', UNKNOWN_65: 'HTTPS' };

/** One record as it is shown. `ttl` in seconds. */
export interface ShownRecord { name: string; type: string; ttl: number; data: string; text: string }

/** The name with its final dot. */
export const absolute = (name: string): string => (name.endsWith('.') ? name : `${name}.`);

/** The library's name of a type turned into the mnemonic; unknown ones become `TYPE<number>` (RFC 3597). */
export const mnemonic = (type: string): string => LATER_TYPES[type] ?? type.replace(/^UNKNOWN_/, 'TYPE');

/** The mnemonic turned into what the library encodes. */
export const libraryType = (type: RecordType): string => (type === 'HTTPS' ? 'UNKNOWN_65' : type);

const generic = (data: Buffer): string => `\\# ${data.length} ${data.toString('hex')}`.trimEnd();

function serviceBinding(data: Buffer): string {
  try {
    return presentSvcb(data);
  } catch {
    return generic(data);
  }
}

function textOf(record: Exclude<Answer, { type: 'OPT' }>): string {
  const { data } = record;
  switch (record.type) {
    case 'CNAME': case 'NS': case 'PTR': case 'DNAME': return absolute(record.data);
    case 'MX': return `${record.data.preference ?? 0} ${absolute(record.data.exchange)}`;
    case 'SOA': {
      const { mname, rname, serial, refresh, retry, expire, minimum } = record.data;
      return [absolute(mname), absolute(rname), serial, refresh, retry, expire, minimum].join(' ');
    }
    default:
  }
  if (Buffer.isBuffer(data)) return LATER_TYPES[record.type] ? serviceBinding(data) : generic(data);
  return typeof data === 'string' ? data : JSON.stringify(data);
}

/** TXT data arrives as one or more byte strings; readers want them joined, `dig` shows each in quotes. */
function textStrings(data: unknown): Buffer[] {
  return (Array.isArray(data) ? data : [data]).map((piece: string | Buffer) => Buffer.from(piece));
}

/** One decoded record in both forms; null for OPT, which is no record but a part of the header (RFC 6891). */
export function showRecord(record: Answer): ShownRecord | null {
  if (record.type === 'OPT') return null;
  const shown = { name: absolute(record.name), type: mnemonic(record.type), ttl: record.ttl ?? 0 };
  if (record.type === 'TXT') {
    const strings = textStrings(record.data);
    return {
      ...shown,
      data: Buffer.concat(strings).toString('utf8'),
      text: strings.map((piece) => `"${escapeText(piece)}"`).join(' '),
    };
  }
  const text = textOf(record);
  return { ...shown, data: text, text };
}
