import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary, fromJsonString, toBinary, toJsonString } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { registryOf } from './definition.ts';
import { parseProto } from './protoFile.ts';

/** There and back again over the wire. */
function roundTrip(source: string, type: string, json: object): unknown {
  const registry = registryOf([parseProto(source)]);
  const message = registry.getMessage(type);
  assert.ok(message, `${type} is defined`);
  return JSON.parse(toJsonString(message, fromBinary(message, toBinary(message, fromJsonString(message, JSON.stringify(json), { registry }))), { registry }));
}

test('everything that proto3 has comes through: scalars, maps, oneofs, optional, nesting, names, Google\'s own types', () => {
  const scalars = ['double', 'float', 'int32', 'uint32', 'sint32', 'fixed32', 'sfixed32'].map((type, index) => `${type} f_${type} = ${index + 1};`);
  const longs = ['int64', 'uint64', 'sint64', 'fixed64', 'sfixed64'].map((type, index) => `${type} f_${type} = ${index + 10};`);
  const source = `syntax = "proto3"; package a.b;
    import "google/protobuf/struct.proto"; import public "google/protobuf/field_mask.proto";
    // a comment; with message Nothing {}
    message All { ${scalars.join(' ')} ${longs.join(' ')}
      bool yes = 20; string text = 21; bytes raw = 22; Kind kind = 23; Inner inner = 24; .a.b.All.Inner.Deep deep = 25; map<int64, Inner> by_id = 26;
      optional int32 maybe = 27; oneof one_of { string left = 28; b.All right = 29; } repeated sint32 many = 30 [packed = false]; string odd = 31 [json_name = "@odd"];
      google.protobuf.Struct free = 32; google.protobuf.FieldMask mask = 33; map<string, Kind> kinds = 34; google.protobuf.NullValue nothing = 35; reserved 100 to 110; reserved "gone";
      message Inner { Deep deep = 1; message Deep { Kind kind = 1; enum Kind { option allow_alias = true; NONE = 0; NIL = 0; MORE = -1; } } }
    }
    enum Kind { KIND_NONE = 0; KIND_BIG = 5; }
    service S { option deprecated = true; rpc Do (All) returns (stream All.Inner) { option idempotency_level = NO_SIDE_EFFECTS; } }`;
  const json = {
    fDouble: 1.5, fFloat: 0.5, fInt32: -1, fUint32: 4294967295, fSint32: -2, fFixed32: 3, fSfixed32: -4, fInt64: '-9007199254740993', fUint64: '18446744073709551615', fSint64: '-5', fFixed64: '6', fSfixed64: '-7',
    yes: true, text: 'ü', raw: 'AAH/', kind: 'KIND_BIG', inner: { deep: { kind: 'MORE' } }, deep: { kind: 'MORE' }, byId: { '-3': { deep: {} } }, maybe: 0, right: { left: '' }, many: [1, -1], '@odd': 'x',
    free: { a: [1, null, { b: 'c' }] }, mask: 'fooBar,baz', kinds: { a: 'KIND_NONE' },
  };
  assert.deepEqual(roundTrip(source, 'a.b.All', json), json);
  const service = registryOf([parseProto(source)]).getService('a.b.S');
  assert.deepEqual(service?.methods.map(({ name, methodKind, output }) => [name, methodKind, output.typeName]), [['Do', 'server_streaming', 'a.b.All.Inner']]);
});

test('proto2 and editions are read by their own rules', () => {
  const two = 'syntax = "proto2"; message A { required int32 id = 1; optional string name = 2 [default = "tea"]; optional group Part = 3 { optional bool on = 1; } repeated int32 n = 4 [packed = true]; extensions 100 to max; } extend A { optional int32 more = 100; }';
  assert.deepEqual(roundTrip(two, 'A', { id: 0, part: { on: false }, n: [1, 2] }), { id: 0, part: { on: false }, n: [1, 2] });
  assert.throws(() => roundTrip(two, 'A', {}), /id/);
  assert.deepEqual(roundTrip('message A { optional int32 id = 1; }', 'A', { id: 0 }), { id: 0 });
  const edition = 'edition = "2023"; option features.field_presence = IMPLICIT; message A { int32 id = 1; int32 kept = 2 [features.field_presence = EXPLICIT]; }';
  assert.deepEqual(roundTrip(edition, 'A', { id: 0, kept: 0 }), { kept: 0 });
  assert.equal(registryOf([parseProto(edition)]).getMessage('A')?.field['kept']?.presence, FeatureSet_FieldPresence.EXPLICIT);
});

test('what cannot be read is told with its place', () => {
  for (const [source, sentence] of [
    ['syntax = "proto3";\nmessage A { int32 id }', /line 2/],
    ['syntax = "proto4"; message A {}', /proto4/],
    ['syntax = "proto3"; message A { Missing m = 1; }', /^Error: A\.m refers to Missing, which is not defined\.$/],
    ['syntax = "proto3"; service S { rpc Do (Gone) returns (Gone); }', /^Error: S\.Do refers to Gone, which is not defined\.$/],
    ['syntax = "proto3"; message A { map<string, Missing> m = 1; }', /refers to Missing/],
    ['not a definition at all', /line 1/],
  ] as const) assert.throws(() => parseProto(source), (error) => sentence.test(String(error)), source);
  // Two fields of one number, a name twice: the parser or the registry says so.
  for (const source of ['syntax = "proto3"; message A { int32 a = 1; int32 b = 1; }', 'syntax = "proto3"; message A {} message A {}']) assert.throws(() => registryOf([parseProto(source)]));
});

test('nothing is compiled from a definition', () => {
  const compile = globalThis.Function;
  globalThis.Function = function refuse() { throw new Error('compiled'); } as unknown as FunctionConstructor;
  try {
    assert.deepEqual(roundTrip('syntax = "proto3"; message A { int32 id = 1; map<string, A> more = 2; oneof o { string s = 3; } }', 'A', { id: 1, more: { a: { s: 'x' } } }), { id: 1, more: { a: { s: 'x' } } });
  } finally {
    globalThis.Function = compile;
  }
});
