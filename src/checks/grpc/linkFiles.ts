/**
 * Makes descriptors of files complete that say less than they should: references become full names, kinds and names in JSON are filled in,
 * imports follow from what is referred to. The text of a check leaves such descriptors, and so do servers whose reflection is made with Node.
 * Promises: Google's own files are always those that we bring along, so that their JSON is the one that everybody knows.
 */
import { protoCamelCase } from '@bufbuild/protobuf/reflect';
import {
  FieldDescriptorProto_Type as Kind, file_google_protobuf_any, file_google_protobuf_api, file_google_protobuf_descriptor, file_google_protobuf_duration,
  file_google_protobuf_empty, file_google_protobuf_field_mask, file_google_protobuf_source_context, file_google_protobuf_struct,
  file_google_protobuf_timestamp, file_google_protobuf_type, file_google_protobuf_wrappers,
  type DescriptorProto, type EnumDescriptorProto, type FieldDescriptorProto, type FileDescriptorProto,
} from '@bufbuild/protobuf/wkt';

/** Google's own files, by their names. */
export const BUNDLED = new Map([
  file_google_protobuf_any, file_google_protobuf_api, file_google_protobuf_descriptor, file_google_protobuf_duration, file_google_protobuf_empty,
  file_google_protobuf_field_mask, file_google_protobuf_source_context, file_google_protobuf_struct, file_google_protobuf_timestamp,
  file_google_protobuf_type, file_google_protobuf_wrappers,
].map((file) => [file.proto.name, file] as const));

/** Whether a file is one of Google's own, whatever a server calls it. */
export const isBundled = (file: Pick<FileDescriptorProto, 'name' | 'package'>): boolean => BUNDLED.has(file.name) || file.package === 'google.protobuf';

type Names = Map<string, { kind: typeof Kind.MESSAGE | typeof Kind.ENUM; file: string }>;

/** Changes the files. Throws an Error that says who refers to what, where that is nowhere. @param hint follows it. */
export function linkFiles(files: readonly FileDescriptorProto[], hint = ''): void {
  const names: Names = new Map();
  for (const file of [...[...BUNDLED.values()].map(({ proto }) => proto), ...files]) {
    collect(file.messageType, file.enumType, file.package, file.name, names);
  }
  for (const file of files) linkFile(file, names, hint);
}

const joined = (scope: string, name: string): string => (scope === '' ? name : `${scope}.${name}`);

function collect(messages: readonly DescriptorProto[], enums: readonly EnumDescriptorProto[], scope: string, file: string, names: Names): void {
  for (const { name } of enums) names.set(joined(scope, name), { kind: Kind.ENUM, file });
  for (const message of messages) {
    const fullName = joined(scope, message.name);
    names.set(fullName, { kind: Kind.MESSAGE, file });
    collect(message.nestedType, message.enumType, fullName, file, names);
  }
}

function linkFile(file: FileDescriptorProto, names: Names, hint: string): void {
  const imports = new Set<string>();
  /** First within the innermost scope, then further and further out. */
  const find = (reference: string, scope: string, from: string) => {
    for (const fullName of candidates(reference, scope)) {
      const found = names.get(fullName);
      if (!found) continue;
      if (found.file !== file.name) imports.add(found.file);
      return { kind: found.kind, name: `.${fullName}` };
    }
    throw new Error(`${joined(scope, from)} refers to ${reference}, which is not defined.${hint}`);
  };
  const linkField = (field: FieldDescriptorProto, scope: string) => {
    if (field.jsonName === '') field.jsonName = protoCamelCase(field.name);
    if (field.extendee !== '') field.extendee = find(field.extendee, scope, field.name).name;
    if (field.typeName === '') return;
    const { kind, name } = find(field.typeName, scope, field.name);
    field.typeName = name;
    if (field.type !== Kind.GROUP) field.type = kind;
  };
  const linkMessage = (message: DescriptorProto, outer: string) => {
    const scope = joined(outer, message.name);
    for (const field of [...message.field, ...message.extension]) linkField(field, scope);
    for (const nested of message.nestedType) linkMessage(nested, scope);
  };
  for (const message of file.messageType) linkMessage(message, file.package);
  for (const field of file.extension) linkField(field, file.package);
  for (const { name: service, method } of file.service) {
    for (const one of method) {
      one.inputType = find(one.inputType, joined(file.package, service), one.name).name;
      one.outputType = find(one.outputType, joined(file.package, service), one.name).name;
    }
  }
  file.dependency = [...imports];
  file.publicDependency = [];
  file.weakDependency = [];
}

function candidates(reference: string, scope: string): string[] {
  if (reference.startsWith('.')) return [reference.slice(1)];
  const path = scope === '' ? [] : scope.split('.');
  return [...path.map((_, inner) => [...path.slice(0, path.length - inner), reference].join('.')), reference];
}
