/**
 * DNS messages on the wire: the query we send and the answer we accept.
 * Promises: only a response that repeats our id and our question is ours (RFC 5452).
 * Never: throws on what a name server sends.
 */
import packet from 'dns-packet';
import type { DecodedPacket, Question } from 'dns-packet';
import { libraryType, mnemonic, absolute, showRecord, type RecordType, type ShownRecord } from './records.ts';

/** What is asked: a name (ASCII, without the final dot) and a type. */
export interface DnsQuestion { name: string; recordType: RecordType }

/** A decoded answer in the words of B.9. */
export interface DnsMessage {
  id: number;
  returnCode: string;
  flags: { qr: boolean; aa: boolean; tc: boolean; rd: boolean; ra: boolean; ad: boolean; cd: boolean };
  question: { name: string; type: string }[];
  answer: ShownRecord[];
  /** Records in the authority and additional sections, which are counted but not shown. */
  authorityCount: number;
  additionalCount: number;
}

export type Reception =
  | { kind: 'ours'; message: DnsMessage }
  /** Not an answer to our query: somebody else's, or noise. */
  | { kind: 'foreign' }
  /** Ours by its id, but not readable. */
  | { kind: 'broken'; reason: string };

/** The largest datagram that arrives unfragmented on ordinary paths (the DNS Flag Day 2020 value). */
const UDP_PAYLOAD_BYTES = 1232;

/** The query for `question`: recursion desired, EDNS so that answers above 512 bytes fit a datagram. */
export function encodeQuery(id: number, question: DnsQuestion): Buffer {
  return packet.encode({
    type: 'query', id, flags: packet.RECURSION_DESIRED,
    // The library's type list is older than HTTPS; it encodes any UNKNOWN_<number>.
    questions: [{ name: question.name, type: libraryType(question.recordType) as Question['type'], class: 'IN' }],
    additionals: [{ type: 'OPT', name: '.', udpPayloadSize: UDP_PAYLOAD_BYTES, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false, options: [] }],
  });
}

/** The decoder hands out the code of the four header bits; the type declarations leave it out. */
function returnCode(decoded: DecodedPacket & { rcode?: string }): string {
  const opt = decoded.additionals?.find((record) => record.type === 'OPT');
  const extended = opt?.type === 'OPT' ? opt.extendedRcode : 0;
  // RFC 6891: the upper eight bits of the code travel in the OPT record; BADVERS is the one seen in practice.
  if (extended === 1 && decoded.rcode === 'NOERROR') return 'BADVERS';
  return decoded.rcode ?? 'NOERROR';
}

function toMessage(decoded: DecodedPacket): DnsMessage {
  const { flag_qr: qr, flag_aa: aa, flag_tc: tc, flag_rd: rd, flag_ra: ra, flag_ad: ad, flag_cd: cd } = decoded;
  return {
    id: decoded.id ?? 0,
    returnCode: returnCode(decoded),
    flags: { qr, aa, tc, rd, ra, ad, cd },
    question: (decoded.questions ?? []).map((entry) => ({ name: absolute(entry.name), type: mnemonic(entry.type) })),
    answer: (decoded.answers ?? []).map(showRecord).filter((record) => record !== null),
    authorityCount: decoded.authorities?.length ?? 0,
    additionalCount: decoded.additionals?.length ?? 0,
  };
}

/** An error answer may leave the question out (RFC 1035, 7.3: FORMERR); one that has it must repeat ours. */
function asksTheSame(message: DnsMessage, question: DnsQuestion): boolean {
  const [first] = message.question;
  if (!first) return message.returnCode !== 'NOERROR';
  return first.name.toLowerCase() === absolute(question.name).toLowerCase() && first.type === question.recordType;
}

/** Decides whether `bytes` answer the query with this id and question, and decodes them. */
export function receive(bytes: Buffer, id: number, question: DnsQuestion): Reception {
  const isResponse = bytes.length >= 12 && (bytes.readUInt8(2) & 0x80) !== 0;
  if (!isResponse || bytes.readUInt16BE(0) !== id) return { kind: 'foreign' };
  try {
    const decoded = packet.decode(bytes);
    // The decoder fills addresses that lie beyond the end with zeros instead of complaining.
    if (packet.decode.bytes > bytes.length) return { kind: 'broken', reason: 'it ends too early' };
    const message = toMessage(decoded);
    return asksTheSame(message, question) ? { kind: 'ours', message } : { kind: 'foreign' };
  } catch (error) {
    return { kind: 'broken', reason: error instanceof Error ? error.message : String(error) };
  }
}
