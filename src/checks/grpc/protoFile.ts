/**
 * The text of a .proto file as a descriptor.
 * Promises: only the text is parsed: nothing is compiled from it, nothing is fetched. Throws an Error that says what is wrong, and where.
 * Never: options beside those that change how messages look on the wire or in JSON; extensions.
 */
import { create, fromJson, type JsonObject, type MessageInitShape } from '@bufbuild/protobuf';
import { protoCamelCase } from '@bufbuild/protobuf/reflect';
import {
  Edition, FeatureSetSchema, FieldDescriptorProto_Label as Label, FieldDescriptorProto_Type as Kind, FileDescriptorProtoSchema,
  type DescriptorProtoSchema, type EnumDescriptorProtoSchema, type FeatureSet, type FieldDescriptorProtoSchema, type FileDescriptorProto,
  type ServiceDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';
import protobuf from 'protobufjs';
import { BUNDLED, linkFiles } from './linkFiles.ts';

type MessageInit = MessageInitShape<typeof DescriptorProtoSchema>;
type FieldInit = MessageInitShape<typeof FieldDescriptorProtoSchema>;
type EnumInit = MessageInitShape<typeof EnumDescriptorProtoSchema>;
type ServiceInit = MessageInitShape<typeof ServiceDescriptorProtoSchema>;

const EDITIONS: Readonly<Record<string, Edition>> = { 2023: Edition.EDITION_2023, 2024: Edition.EDITION_2024, 2026: Edition.EDITION_2026 };

/** The name of the file that the text of a check becomes. */
const FILE_NAME = 'check.proto';

/** A linked file. Names may refer to the text itself and to Google's own files (google/protobuf/), whether or not they are imported. */
export function parseProto(source: string): FileDescriptorProto {
  const parsed = protobuf.parse(source, new protobuf.Root(), { keepCase: true });
  const top = parsed.package === undefined ? parsed.root : parsed.root.lookup(parsed.package);
  const items = top instanceof protobuf.Namespace ? top.nestedArray : [];
  const edition = editionOf(items[0]);
  if (!['proto2', 'proto3', ...Object.keys(EDITIONS)].includes(edition)) throw new Error(`the syntax ${edition} is not known.`);
  const file = create(FileDescriptorProtoSchema, {
    name: FILE_NAME, package: parsed.package ?? '',
    ...(edition in EDITIONS ? { syntax: 'editions', edition: EDITIONS[edition] as Edition } : { syntax: edition }),
    messageType: items.filter((item) => item instanceof protobuf.Type).map(messageOf),
    enumType: items.filter((item) => item instanceof protobuf.Enum).map(enumOf),
    service: items.filter((item) => item instanceof protobuf.Service).map(serviceOf),
  });
  const closed = (parsed.imports ?? []).filter((name) => !BUNDLED.has(name));
  linkFiles([file], closed.length === 0 ? '' : ` Imports are followed into google/protobuf/ only, not into ${closed.join(', ')}: put what is needed into the definition itself.`);
  return file;
}

/** The parser keeps it in a property of its own with every item. */
function editionOf(item: protobuf.ReflectionObject | undefined): string {
  const edition = (item as { _edition?: unknown } | undefined)?._edition;
  return typeof edition === 'string' ? edition : 'proto3';
}

function messageOf(type: protobuf.Type): MessageInit {
  const fields = type.fieldsArray.filter(({ extend, declaringField }) => extend === undefined && !declaringField);
  // Those that stand for "optional" come last.
  const oneofs = [...type.oneofsArray].sort((a, b) => Number(isSynthetic(a)) - Number(isSynthetic(b)));
  const nested = type.nestedArray;
  return {
    name: type.name,
    field: fields.map((field) => fieldOf(field, oneofs)),
    oneofDecl: oneofs.map(({ name }) => ({ name })),
    nestedType: [
      ...nested.filter((item) => item instanceof protobuf.Type).map(messageOf),
      ...fields.filter((field) => field instanceof protobuf.MapField).map(mapEntry),
    ],
    enumType: nested.filter((item) => item instanceof protobuf.Enum).map(enumOf),
    ...featuresOf(type),
  };
}

const isSynthetic = ({ fieldsArray }: protobuf.OneOf): boolean => fieldsArray.some(isProto3Optional);
const isProto3Optional = (field: protobuf.Field): boolean => field.options?.['proto3_optional'] === true;
const entryName = (field: { name: string }): string => `${field.name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase()).replaceAll('_', '')}Entry`;

const SCALARS: Readonly<Record<string, Kind>> = {
  double: Kind.DOUBLE, float: Kind.FLOAT, int64: Kind.INT64, uint64: Kind.UINT64, int32: Kind.INT32, fixed64: Kind.FIXED64, fixed32: Kind.FIXED32,
  bool: Kind.BOOL, string: Kind.STRING, bytes: Kind.BYTES, uint32: Kind.UINT32, sfixed32: Kind.SFIXED32, sfixed64: Kind.SFIXED64,
  sint32: Kind.SINT32, sint64: Kind.SINT64,
};

function fieldOf(field: protobuf.Field, oneofs: readonly protobuf.OneOf[]): FieldInit {
  const { name, id, options, partOf } = field;
  const common: FieldInit = { name, number: id, jsonName: typeof options?.['json_name'] === 'string' ? options['json_name'] : protoCamelCase(name) };
  if (field instanceof protobuf.MapField) {
    return { ...common, label: Label.REPEATED, type: Kind.MESSAGE, typeName: entryName(field) };
  }
  const packed = options?.['packed'];
  const preset = options?.['default'];
  return {
    ...common,
    label: field.repeated ? Label.REPEATED : field.rule === 'required' ? Label.REQUIRED : Label.OPTIONAL,
    ...kindOf(field.type, field.parent),
    ...(partOf ? { oneofIndex: oneofs.indexOf(partOf) } : {}),
    ...(isProto3Optional(field) ? { proto3Optional: true } : {}),
    ...(preset === undefined ? {} : { defaultValue: String(preset) }),
    options: { ...(typeof packed === 'boolean' ? { packed } : {}), ...featuresOf(field).options },
  };
}

/** What a name stands for is found out when the file is linked; a group stands beside its field. */
function kindOf(type: string, parent: protobuf.Namespace | null): Pick<FieldInit, 'type' | 'typeName'> {
  const scalar = SCALARS[type];
  if (scalar !== undefined) return { type: scalar };
  return { typeName: type, ...((parent?.get(type) as { group?: boolean } | null | undefined)?.group === true ? { type: Kind.GROUP } : {}) };
}

function mapEntry(field: protobuf.MapField): MessageInit {
  return {
    name: entryName(field), options: { mapEntry: true },
    field: [
      { name: 'key', number: 1, jsonName: 'key', label: Label.OPTIONAL, type: SCALARS[field.keyType] as Kind },
      { name: 'value', number: 2, jsonName: 'value', label: Label.OPTIONAL, ...kindOf(field.type, field.parent) },
    ],
  };
}

function enumOf(type: protobuf.Enum): EnumInit {
  const features = featuresOf(type);
  return {
    name: type.name, value: Object.entries(type.values).map(([name, number]) => ({ name, number })),
    options: { ...(type.options?.['allow_alias'] === true ? { allowAlias: true } : {}), ...features.options },
  };
}

function serviceOf(service: protobuf.Service): ServiceInit {
  return {
    name: service.name,
    method: service.methodsArray.map((method) => ({
      name: method.name, inputType: method.requestType, outputType: method.responseType,
      clientStreaming: method.requestStream === true, serverStreaming: method.responseStream === true,
    })),
  };
}

/** `features.…` of an item; those of the whole file stand with each of its items. */
function featuresOf({ options }: protobuf.ReflectionObject): { options?: { features: FeatureSet } } {
  const features = options?.['features'] as JsonObject | undefined;
  return typeof features === 'object' ? { options: { features: fromJson(FeatureSetSchema, features, { ignoreUnknownFields: true }) } } : {};
}
