/**
 * What a server says of itself: its services, and the files that define one of them.
 * Promises: v1 is asked first, then v1alpha; the number of questions and files is bounded, whatever the server answers.
 * Never: a second connection.
 */
import { fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, type FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import type { NetworkFault } from '../kit/dial.ts';
import type { Reply } from './call.ts';
import { BUNDLED } from './linkFiles.ts';
import { decodeAnswer, encodeQuestion, type ReflectionAnswer, type ReflectionQuestion } from './reflectionMessages.ts';
import { STATUS, statusText } from './statusCodes.ts';

/** Holds a call with several messages. */
export type Ask = (method: string, messages: readonly Uint8Array[]) => Promise<Reply>;

/** `problem`: a sentence for whoever reads the result. */
export type Unreflected = { problem: string } | { error: NetworkFault };

export interface Reflection {
  /** The files that define `service` and what they need, or none where the server does not know it; `services` are all of the server's. */
  filesOf(service: string): Promise<{ files: FileDescriptorProto[]; services: string[] } | Unreflected>;
  /** The files that define these services or messages, as far as the server knows them. */
  filesOfAll(symbols: readonly string[]): Promise<{ files: FileDescriptorProto[] } | Unreflected>;
}

const SERVICES = ['grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'] as const;
/** Files that one check looks at, services whose methods it lists, and rounds of questions for imported files. */
const MOST_FILES = 500;
const MOST_SERVICES = 50;
const MOST_ROUNDS = 10;

export function createReflection(ask: Ask): Reflection {
  let service: (typeof SERVICES)[number] | undefined;

  async function answersTo(questions: readonly ReflectionQuestion[]): Promise<ReflectionAnswer[] | Unreflected> {
    for (const candidate of service ? [service] : SERVICES) {
      const reply = await ask(`${candidate}/ServerReflectionInfo`, questions.map(encodeQuestion));
      if (reply.kind === 'broken') return { error: reply.error };
      if (reply.status.code === STATUS.UNIMPLEMENTED) continue;
      if (reply.status.code !== STATUS.OK) return { problem: `Server reflection failed: ${statusText(reply.status)}` };
      service = candidate;
      try {
        return reply.messages.map(decodeAnswer);
      } catch (error) {
        return { problem: `The answer of server reflection cannot be read: ${(error as Error).message}` };
      }
    }
    return { problem: 'The server has no reflection service: give the definition of the service as PROTO_FILE.' };
  }

  /** Adds the files that the known ones import, until all are there or the server has no more. */
  async function complete(known: Map<string, FileDescriptorProto>): Promise<Unreflected | null> {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const missing = new Set([...known.values()].flatMap(({ dependency }) => dependency).filter((name) => !known.has(name) && !BUNDLED.has(name)));
      if (missing.size === 0 || known.size >= MOST_FILES) return null;
      const before = known.size;
      const answers = await answersTo([...missing].slice(0, MOST_FILES).map((file) => ({ file })));
      if (!Array.isArray(answers)) return answers;
      const unread = addFiles(known, answers);
      if (unread !== null || known.size === before) return unread;
    }
    return null;
  }

  async function filesFrom(answers: readonly ReflectionAnswer[]): Promise<{ files: FileDescriptorProto[] } | Unreflected> {
    const known = new Map<string, FileDescriptorProto>();
    const fault = addFiles(known, answers) ?? await complete(known);
    return fault ?? { files: [...known.values()] };
  }

  return {
    async filesOf(symbol) {
      const answers = await answersTo([{ list: true }, { symbol }]);
      if (!Array.isArray(answers)) return answers;
      const found = await filesFrom(answers);
      return 'files' in found ? { ...found, services: answers.flatMap(({ services }) => services ?? []) } : found;
    },
    async filesOfAll(symbols) {
      const answers = await answersTo(symbols.slice(0, MOST_SERVICES).map((symbol) => ({ symbol })));
      return Array.isArray(answers) ? filesFrom(answers) : answers;
    },
  };
}

function addFiles(known: Map<string, FileDescriptorProto>, answers: readonly ReflectionAnswer[]): Unreflected | null {
  try {
    for (const bytes of answers.flatMap(({ files }) => files ?? [])) {
      const file = fromBinary(FileDescriptorProtoSchema, bytes);
      if (known.size < MOST_FILES) known.set(file.name, file);
    }
    return null;
  } catch (error) {
    return { problem: `A file that server reflection gave cannot be read: ${(error as Error).message}` };
  }
}
