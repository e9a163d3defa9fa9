/**
 * What a check says to its server once the address is known: the method is found out, the call is made, its answer is read.
 * Promises: never rejects for what a server or a definition does; discovery is no part of the measured time, so that a check measures
 * the same with reflection and with a definition of its own.
 * Never: a verdict.
 */
import type { DescMethod, FileRegistry } from '@bufbuild/protobuf';
import type { ProbeContext } from '../kit/probe.ts';
import type { NetworkFault } from '../kit/dial.ts';
import { call, type Answer } from './call.ts';
import type { Connection } from './connection.ts';
import { decodeMessage, encodeMessage, methodsIn, registryOf, unaryMethod } from './definition.ts';
import { HEALTH_LABELS, HEALTH_METHOD, SERVICE_UNKNOWN } from './health.ts';
import { parseProto } from './protoFile.ts';
import { createReflection, type Reflection } from './reflection.ts';
import { decodeHealthAnswer, encodeHealthQuestion } from './reflectionMessages.ts';
import { STATUS, type GrpcStatus } from './statusCodes.ts';

/** What is asked, templates filled in. */
export type Question =
  | { mode: 'HEALTH'; service: string }
  /** `protoContent` null: the server is asked for the definition. */
  | { mode: 'BEHAVIOR'; method: string; message: string; protoContent: string | null };

/** The message of an answer as JSON, or why it has none; null where there is no message. */
export type Message = { json: string } | { problem: string } | null;

export interface Answered {
  kind: 'answered';
  status: GrpcStatus;
  metadata: Answer['metadata'];
  message: Message;
  /** The number that a health service gave; null for none. */
  healthStatus: number | null;
  methods: string[];
  /** ms of the call alone. */
  callMs: number;
}
export type Told = Answered
  | { kind: 'broken'; error: NetworkFault }
  /** The call could not be made: a sentence. */
  | { kind: 'impossible'; problem: string; methods: string[] };

export interface Line {
  connection: Connection;
  headers: Record<string, string[]>;
  /** ms that are left. */
  leftMs(): number;
  context: Pick<ProbeContext, 'log' | 'tick'>;
}

/** A definition in the check itself, made out before anybody is asked. */
export type Prepared = { registry: FileRegistry; method: DescMethod; bytes: Uint8Array };
type Impossible = Extract<Told, { kind: 'impossible' }>;
const impossible = (problem: string, methods: string[] = []): Impossible => ({ kind: 'impossible', problem, methods });

/** What can be said without a connection: null where the server is to be asked for the definition, or none is needed. */
export function prepare(question: Question): Prepared | Impossible | null {
  if (question.mode === 'HEALTH' || question.protoContent === null) return null;
  try {
    return prepared(registryOf([parseProto(question.protoContent)]), question, 'The definition in request.grpcConfig.protoContent');
  } catch (error) {
    return impossible(`request.grpcConfig.protoContent cannot be read: ${(error as Error).message}`);
  }
}

function prepared(registry: FileRegistry, { method, message }: Extract<Question, { mode: 'BEHAVIOR' }>, where: string): Prepared | Impossible {
  const found = unaryMethod(registry, method, where);
  if ('problem' in found) return impossible(found.problem, methodsIn(registry));
  const encoded = encodeMessage(found.method, message, registry);
  if ('problem' in encoded) return impossible(encoded.problem, methodsIn(registry));
  return { registry, method: found.method, bytes: encoded.bytes };
}

/** @param ready what `prepare` has made of the same question. */
export async function converse(question: Question, ready: Prepared | null, line: Line): Promise<Told> {
  if (question.mode === 'HEALTH') return askHealth(question.service, line);
  if (ready) return askMethod(question.method, ready, null, line);
  const reflection = createReflection((method, messages) => call(line.connection, { method, messages, headers: line.headers, timeoutMs: line.leftMs() }));
  const discovered = await discover(question, reflection, line);
  return 'registry' in discovered ? askMethod(question.method, discovered, reflection, line) : discovered;
}

async function discover(question: Extract<Question, { mode: 'BEHAVIOR' }>, reflection: Reflection, { context }: Line): Promise<Prepared | Told> {
  const startedAt = context.tick();
  const [service = ''] = question.method.split('/');
  const found = await reflection.filesOf(service);
  if ('error' in found) return { kind: 'broken', error: found.error };
  if ('problem' in found) return impossible(found.problem);
  context.log('INFO', `The server describes ${found.services.length} service(s), read in ${Math.round(context.tick() - startedAt)} ms`);
  // Nobody knows the service: then all there are is worth a list.
  const all = found.files.length > 0 ? found : await reflection.filesOfAll(found.services.filter((name) => !name.startsWith('grpc.reflection.')));
  try {
    return prepared(registryOf('files' in all ? all.files : []), question, 'The server');
  } catch (error) {
    return impossible(`What server reflection gave does not fit together: ${(error as Error).message}`);
  }
}

async function timedCall(method: string, bytes: Uint8Array, { connection, headers, leftMs, context }: Line) {
  const startedAt = context.tick();
  const reply = await call(connection, { method, messages: [bytes], headers, timeoutMs: leftMs() });
  const callMs = context.tick() - startedAt;
  if (reply.kind === 'broken' || reply.status.code !== STATUS.OK || reply.messages.length === 1) return { reply, callMs };
  const status = { code: STATUS.UNIMPLEMENTED, message: `The server sent ${reply.messages.length} messages where there must be one.` };
  return { reply: { ...reply, status, messages: [] }, callMs };
}

async function askMethod(name: string, { registry, method, bytes }: Prepared, reflection: Reflection | null, line: Line): Promise<Told> {
  const { reply, callMs } = await timedCall(name, bytes, line);
  if (reply.kind === 'broken') return reply;
  const { status, metadata, messages: [given] } = reply;
  const answered = { kind: 'answered' as const, metadata, healthStatus: null, methods: methodsIn(registry), callMs };
  if (status.code !== STATUS.OK || given === undefined) return { ...answered, status, message: null };
  let decoded = decodeMessage(method, given, registry);
  if ('problem' in decoded && decoded.unknown.length > 0 && reflection) decoded = await decodeWithMore(decoded.unknown, { registry, method, given, reflection }) ?? decoded;
  if ('status' in decoded) return { ...answered, status: decoded.status, message: null };
  return { ...answered, status, message: 'json' in decoded ? decoded : { problem: decoded.problem } };
}

/** Messages within messages (google.protobuf.Any) may be of types that the files of the service do not mention: the server is asked for them. */
async function decodeWithMore(types: readonly string[], { registry, method, given, reflection }: { registry: FileRegistry; method: DescMethod; given: Buffer; reflection: Reflection }) {
  const more = await reflection.filesOfAll(types);
  if (!('files' in more)) return null;
  const files = new Map([...[...registry.files].map(({ proto }) => proto), ...more.files].map((file) => [file.name, file]));
  try {
    return decodeMessage(method, given, registryOf([...files.values()]));
  } catch {
    return null; // files that do not fit together: the message stays without JSON, and says so
  }
}

async function askHealth(service: string, line: Line): Promise<Told> {
  const { reply, callMs } = await timedCall(HEALTH_METHOD, encodeHealthQuestion(service), line);
  if (reply.kind === 'broken') return reply;
  const { status, metadata, messages: [given] } = reply;
  const answered = { kind: 'answered' as const, metadata, methods: [], callMs };
  // Check says NOT_FOUND where Watch says SERVICE_UNKNOWN.
  if (status.code === STATUS.NOT_FOUND) return { ...answered, status, message: null, healthStatus: SERVICE_UNKNOWN };
  if (status.code !== STATUS.OK || given === undefined) return { ...answered, status, message: null, healthStatus: null };
  try {
    const healthStatus = decodeHealthAnswer(given);
    return { ...answered, status, healthStatus, message: { json: JSON.stringify({ status: HEALTH_LABELS[healthStatus] ?? healthStatus }) } };
  } catch (error) {
    const broken = { code: STATUS.INTERNAL, message: `The response is none of the health service: ${(error as Error).message}` };
    return { ...answered, status: broken, message: null, healthStatus: null };
  }
}
