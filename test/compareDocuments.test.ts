import assert from 'node:assert/strict';
import test from 'node:test';
import { compareDocuments, type Document, type Schema } from './compareDocuments.ts';

const answer = (schema: Schema) => ({ 200: { content: { 'application/json': { schema } } } });
function documentOf(item: Schema, parameter: Schema = { type: 'integer', default: 10 }): Document {
  return {
    paths: { '/things': { get: { parameters: [{ name: 'limit', in: 'query', schema: parameter }], responses: answer({ type: 'array', items: { $ref: '#/components/schemas/Thing' } }) } } },
    components: { schemas: { Thing: item } },
  };
}
const thing: Schema = {
  type: 'object', required: ['id'],
  properties: { id: { type: 'string', 'x-format': { guid: true } }, at: { type: 'string', nullable: true }, kind: { type: 'string', enum: ['A', 'B'] } },
};
const withProperty = (name: string, schema: Schema | undefined): Schema => {
  const properties = { ...thing.properties };
  if (schema) properties[name] = schema;
  else delete properties[name];
  return { ...thing, properties };
};

test('equal documents differ in nothing, however they are written', () => {
  assert.deepEqual(compareDocuments(documentOf(thing), documentOf(thing)), []);
  const ours = withProperty('id', { type: 'string', format: 'uuid' });
  assert.deepEqual(compareDocuments(documentOf(withProperty('kind', { type: 'string', enum: ['B', 'A'] })), documentOf(thing)), []);
  assert.deepEqual(compareDocuments(documentOf(ours), documentOf(thing)), []);
});

test('each kind of difference is found and named', () => {
  const at = 'get /things -> 200[]';
  for (const [ours, line] of [
    [withProperty('at', { type: 'string' }), `${at}.at: nullable false instead of true`],
    [withProperty('at', { type: 'integer', nullable: true }), `${at}.at: type integer instead of string`],
    [withProperty('at', undefined), `${at}.at: missing in ours`],
    [withProperty('more', { type: 'string' }), `${at}.more: not in the contract`],
    [withProperty('kind', { type: 'string', enum: ['A'] }), `${at}.kind: enum [A] instead of [A,B]`],
    [{ ...thing, required: [] }, `${at}.id: required in the contract only`],
    [{ ...thing, required: ['id', 'at'] }, `${at}.at: required in ours only`],
  ] as const) assert.deepEqual(compareDocuments(documentOf(ours as Schema), documentOf(thing)), [line]);
  assert.deepEqual(compareDocuments(documentOf(thing, { type: 'integer', default: 20 }), documentOf(thing)), ['get /things: query limit: default 20 instead of 10']);
  const extra = documentOf(thing);
  extra.paths['/things']!['get']!.responses['404'] = {};
  assert.deepEqual(compareDocuments(extra, documentOf(thing)), ['get /things: status 404 is not in the contract']);
  const created = documentOf(thing);
  created.paths['/things']!['get']!.responses = { 201: {} };
  assert.deepEqual(compareDocuments(created, documentOf(thing)), ['get /things: status 201 is not in the contract', 'get /things: status 200 is missing in ours']);
  assert.deepEqual(compareDocuments(documentOf(thing), { paths: {} }), ['get /things: not in the contract\'s document']);
});
