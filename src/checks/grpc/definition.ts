/**
 * From descriptors of files to the method that is called, and to JSON in both directions (proto3's own mapping).
 * Promises: descriptors come from strangers, and nothing is compiled from them.
 * Never: a question to the server.
 */
import {
  create, createFileRegistry, fromBinary, fromJson, toBinary, toJsonString,
  type DescMessage, type DescMethod, type FileRegistry, type JsonValue, type MessageShape, type Registry,
} from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, type FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import { unquoted } from '../kit/readers.ts';
import { BUNDLED, isBundled, linkFiles } from './linkFiles.ts';
import { STATUS, type GrpcStatus } from './statusCodes.ts';

/** Names in the list of methods. */
const MOST_METHODS = 200;

/** Imports whatever there is. */
const ALL = 'all.proto';

/** All that the files define; it links them. Throws an Error that says what is wrong with them. */
export function registryOf(given: readonly FileDescriptorProto[]): FileRegistry {
  const files = given.filter((file) => file.name !== ALL && !isBundled(file));
  linkFiles(files);
  const byName = new Map(files.map((file) => [file.name, file]));
  const all = create(FileDescriptorProtoSchema, { name: ALL, syntax: 'proto3', dependency: [...byName.keys(), ...BUNDLED.keys()] });
  return createFileRegistry(all, (name) => BUNDLED.get(name) ?? byName.get(name));
}

/** `package.Service/Method` of all services in the registry, without those of reflection itself. */
export function methodsIn(registry: FileRegistry): string[] {
  const methods: string[] = [];
  for (const type of registry) {
    if (type.kind !== 'service' || type.typeName.startsWith('grpc.reflection.')) continue;
    methods.push(...type.methods.map(({ name }) => `${type.typeName}/${name}`));
  }
  return methods.sort().slice(0, MOST_METHODS);
}

const STREAMING = { server_streaming: 'a server-streaming', client_streaming: 'a client-streaming', bidi_streaming: 'a bidirectional streaming' } as const;

/** The unary method of that name, or why there is none. `where`: who has no such method. */
export function unaryMethod(registry: FileRegistry, name: string, where: string): { method: DescMethod } | { problem: string } {
  const [service = '', method = ''] = name.split('/');
  const found = registry.getService(service)?.methods.find((one) => one.name === method);
  if (!found) {
    const methods = methodsIn(registry);
    return { problem: `${where} has no method ${name}.${methods.length > 0 ? ` It has ${methods.join(', ')}.` : ''}` };
  }
  if (found.methodKind === 'unary') return { method: found };
  return { problem: `${name} is ${STREAMING[found.methodKind]} method: only unary methods can be called.` };
}

/** The message as bytes; an empty text is a message without fields. */
export function encodeMessage({ input }: DescMethod, text: string, registry: Registry): { bytes: Uint8Array } | { problem: string } {
  let json: JsonValue;
  try {
    json = JSON.parse(text.trim() === '' ? '{}' : text) as JsonValue;
  } catch (error) {
    return { problem: `request.grpcConfig.message is not valid JSON: ${unquoted((error as Error).message)}.` };
  }
  try {
    return { bytes: toBinary(input, fromJson(input, json, { registry })) };
  } catch (error) {
    return { problem: `request.grpcConfig.message does not fit ${input.typeName}: ${(error as Error).message}` };
  }
}

/**
 * A message as JSON. `status`: it is no such message, which clients of gRPC call an internal error. `problem`: it holds messages of the types
 * `unknown`, and has no JSON without knowing them.
 */
export type Decoded = { json: string } | { status: GrpcStatus } | { problem: string; unknown: string[] };

export function decodeMessage({ output }: DescMethod, bytes: Uint8Array, registry: Registry): Decoded {
  let message: MessageShape<DescMessage>;
  try {
    message = fromBinary(output, bytes);
  } catch (error) {
    return { status: { code: STATUS.INTERNAL, message: `The response does not fit ${output.typeName}: ${(error as Error).message}` } };
  }
  const unknown: string[] = [];
  const listening: Registry = {
    ...registry, [Symbol.iterator]: () => registry[Symbol.iterator](),
    getMessage(name) {
      const found = registry.getMessage(name);
      if (!found) unknown.push(name);
      return found;
    },
  };
  try {
    // Fields with the value 0, "" or false are written, too: assertions ask for them.
    return { json: toJsonString(output, message, { registry: listening, alwaysEmitImplicit: true }) };
  } catch (error) {
    return { problem: `The response cannot be shown as JSON: ${(error as Error).message}`, unknown };
  }
}
