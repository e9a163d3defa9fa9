/** The questions of server reflection (v1 and v1alpha are alike on the wire) and of the health service, and how their answers are read. */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

export type ReflectionQuestion = { list: true } | { symbol: string } | { file: string };

export interface ReflectionAnswer {
  /** Encoded FileDescriptorProtos. */
  files?: Uint8Array[];
  services?: string[];
  error?: string;
}

export function encodeQuestion(question: ReflectionQuestion): Uint8Array {
  if ('list' in question) return textField(7, '*');
  return 'symbol' in question ? textField(4, question.symbol) : textField(3, question.file);
}

/** Throws for what is no such message. */
export function decodeAnswer(bytes: Uint8Array): ReflectionAnswer {
  const answer: ReflectionAnswer = {};
  for (const { field, bytes: value } of fieldsOf(bytes)) {
    if (field === 4) answer.files = fieldsOf(value).filter((one) => one.field === 1).map((one) => one.bytes);
    if (field === 6) answer.services = fieldsOf(value).filter((one) => one.field === 1).map((one) => textIn(one.bytes, 1));
    if (field === 7) answer.error = textIn(value, 2) || 'no reason was given';
  }
  return answer;
}

export const encodeHealthQuestion = (service: string): Uint8Array => textField(1, service);

/** The serving status. Throws for what is no such message. */
export function decodeHealthAnswer(bytes: Uint8Array): number {
  return fieldsOf(bytes).findLast(({ field }) => field === 1)?.number ?? 0;
}

function textField(field: number, text: string): Uint8Array {
  return new BinaryWriter().tag(field, WireType.LengthDelimited).string(text).finish();
}

const NOTHING = new Uint8Array();

/** Fields in their order, those of other kinds than numbers and bytes left out. */
function fieldsOf(message: Uint8Array): { field: number; bytes: Uint8Array; number: number }[] {
  const reader = new BinaryReader(message);
  const fields: { field: number; bytes: Uint8Array; number: number }[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (wireType === WireType.LengthDelimited) fields.push({ field, bytes: reader.bytes(), number: 0 });
    else if (wireType === WireType.Varint) fields.push({ field, bytes: NOTHING, number: reader.int32() });
    else reader.skip(wireType, field);
  }
  return fields;
}

function textIn(message: Uint8Array, field: number): string {
  return Buffer.from(fieldsOf(message).findLast((one) => one.field === field)?.bytes ?? NOTHING).toString('utf8');
}
