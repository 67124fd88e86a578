import { describe, expect, test } from 'vitest';
import { findIncompatibilities } from './compare-schemas.ts';
import type { OpenApi, Schema } from './open-api.ts';

const document: OpenApi = {
  paths: {},
  components: { schemas: { Item: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] } } },
};
const compare = (theirs: Schema, ours: Schema) =>
  findIncompatibilities({ schema: theirs, document }, { schema: ours, document });
const object = (properties: Record<string, Schema>, required = Object.keys(properties)): Schema => ({
  type: 'object',
  properties,
  required,
});

describe('an answer is compatible', () => {
  test('when it has all that is expected, and more', () => {
    const theirs = object({ id: { type: 'string' }, score: { type: 'number' } });
    expect(compare(theirs, object({ id: { type: 'string' }, score: { type: 'integer' }, more: {} }))).toEqual([]);
  });

  test('through references, lists and nulls that both have', () => {
    const items: Schema = { type: 'array', items: { $ref: '#/components/schemas/Item' } };
    expect(compare({ anyOf: [items, { type: 'null' }] }, items)).toEqual([]);
    expect(compare({ type: ['string', 'null'] }, { anyOf: [{ type: 'null' }, { type: 'string' }] })).toEqual([]);
  });
});

describe('an answer is incompatible', () => {
  test.each<[Schema, Schema, string]>([
    [object({ id: { type: 'string' } }), object({}), 'id: missing'],
    [object({ id: { type: 'string' } }), object({ id: { type: 'string' } }, []), 'id: may be absent'],
    [object({ id: { type: 'string' } }), object({ id: { type: 'integer' } }), 'id: integer instead of string'],
    [{ type: 'string' }, { type: ['string', 'null'] }, 'answer: null instead of string'],
    [{ type: 'string', enum: ['a'] }, { type: 'string', enum: ['a', 'b'] }, 'answer: "b" is not among the values'],
    [
      { type: 'array', items: { $ref: '#/components/schemas/Item' } },
      { type: 'array', items: object({}) },
      '[].id: missing',
    ],
    [object({ inner: object({ deep: {} }) }), object({ inner: object({}) }), 'inner.deep: missing'],
  ])('%j, %j', (theirs, ours, complaint) => {
    expect(compare(theirs, ours)).toEqual([complaint]);
  });
});
