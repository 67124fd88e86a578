import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FilterGroups } from '../../../core/search/index.ts';
import { expectHidden, expectRefusals } from '../testing/expect-refusals.ts';
import { createSearchFixture, type SearchFixture } from '../testing/search-fixture.ts';
import { getFilterSchemaEndpoint } from './get-filter-schema.ts';
import { getOlderFilterSchemaEndpoint } from './get-older-filter-schema.ts';

const path = '/collections/papers/filter-schema';
let fixture: SearchFixture;

beforeAll(async () => {
  const page = { text: 'x', sourceName: 'notion', entityType: 'NotionPageEntity' };
  fixture = await createSearchFixture(
    (dependencies) => [getFilterSchemaEndpoint(dependencies), getOlderFilterSchemaEndpoint()],
    [
      { ...page, name: 'a', fields: { team: 'red', size: 3 } },
      { ...page, name: 'b', fields: { team: 7, tags: ['x'], 'it-s': null, lead: { name: 'anna' } } },
      { ...page, name: 'c', entityType: 'NotionDatabaseEntity' },
      { ...page, name: 'd', sourceName: 'slack', entityType: 'SlackMessageEntity' },
      { ...page, name: 'e', viewers: ['user:anna@example.com'], fields: { secret: true } },
    ],
  );
});
afterAll(() => fixture.close());

describe('GET /collections/{readable_id}/filter-schema', () => {
  test('tells the fields with their operators, and the values of sources and types', async () => {
    const { status, body } = await fixture.ask('GET', path, { key: fixture.key });
    expect(status).toBe(200);
    const byName = new Map(body.fields.map((field: { name: string }) => [field.name, field]));
    expect(byName.get('name')).toEqual({
      name: 'name',
      kind: 'text',
      operators: ['equals', 'not_equals', 'contains', 'in', 'not_in'],
    });
    expect(byName.get('created_at')).toMatchObject({ kind: 'date' });
    expect(byName.get('airweave_system_metadata.source_name')).toMatchObject({ values: ['notion', 'slack'] });
    expect(byName.get('airweave_system_metadata.entity_type')).toMatchObject({
      values: ['NotionDatabaseEntity', 'NotionPageEntity', 'SlackMessageEntity'],
    });
  });

  test('tells the own fields of the sources, as seen in the documents', async () => {
    const { body } = await fixture.ask('GET', path, { key: fixture.key });
    expect(body.documents_looked_at).toBe(5);
    expect(body.custom_fields).toEqual([
      {
        name: 'team',
        filter_name: 'raw_source_fields.team',
        types: ['number', 'string'],
        documents: 2,
        operators: [
          ...['equals', 'not_equals', 'contains', 'greater_than', 'less_than'],
          ...['greater_than_or_equal', 'less_than_or_equal', 'in', 'not_in', 'exists'],
        ],
        examples: ['red', 7],
      },
      expect.objectContaining({ name: 'it-s', types: [], operators: ['exists'], examples: [] }),
      expect.objectContaining({ name: 'lead', types: ['object'], operators: ['exists'], examples: [] }),
      expect.objectContaining({ name: 'lead.name', types: ['string'], examples: ['anna'] }),
      expect.objectContaining({
        name: 'secret',
        types: ['boolean'],
        operators: ['equals', 'not_equals', 'in', 'not_in', 'exists'],
      }),
      expect.objectContaining({ name: 'size', types: ['number'], documents: 1, examples: [3] }),
      expect.objectContaining({ name: 'tags', types: ['array', 'string'], examples: ['x'] }),
    ]);
  });

  test('gives names and operators of own fields that filters take', async () => {
    const { body } = await fixture.ask('GET', path, { key: fixture.key });
    for (const { filter_name, operators, examples } of body.custom_fields) {
      for (const operator of operators) {
        const value = operator === 'exists' ? true : (examples.find((item: unknown) => item !== 'red') ?? 'x');
        const isOrdered = operator.startsWith('greater') || operator.startsWith('less');
        const fitting = isOrdered ? '2026-01-31' : operator === 'contains' ? 'x' : value;
        const filter = [{ conditions: [{ field: filter_name, operator, value: fitting }] }];
        expect(FilterGroups.safeParse(filter).success, `${filter_name} ${operator}`).toBe(true);
      }
    }
  });

  test('is 404 without the collection', async () => {
    const answer = await fixture.ask('GET', '/collections/missing/filter-schema', { key: fixture.key });
    expect([answer.status, answer.body]).toEqual([404, { detail: "Collection 'missing' not found" }]);
  });

  test('refuses who may not search, and hides the collection from other organisations', async () => {
    for (const endpoint of fixture.endpoints) await expectRefusals(fixture, endpoint);
    await expectHidden(fixture, 'GET', path);
  });
});

describe('GET /collections/internal/filter-schema', () => {
  test('is a JSON Schema of the older filter, for anyone', async () => {
    for (const slash of ['', '/']) {
      const { status, body } = await fixture.ask('GET', `/collections/internal/filter-schema${slash}`);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        type: 'object',
        additionalProperties: false,
        properties: {
          must: { type: 'array', items: { $ref: '#/$defs/FieldCondition' } },
          must_not: { type: 'array' },
          should: { type: 'array' },
          minimum_should_match: { type: 'integer' },
        },
        $defs: {
          FieldCondition: {
            required: ['key'],
            properties: {
              key: { type: 'string' },
              match: { properties: { value: {} } },
              range: { properties: { gt: {}, gte: {}, lt: {}, lte: {} } },
            },
          },
        },
      });
    }
  });
});
