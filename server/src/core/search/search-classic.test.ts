import { describe, expect, test } from 'vitest';
import { CollectionId, newId, OrganizationId, Scope } from '../shared/index.ts';
import type { Filter } from './filter.ts';
import type { WrittenPlan } from './plan/written-plan.ts';
import { brokenAnswers, scriptedModel } from './scripted-model.fixtures.ts';
import { searchClassic } from './search-classic.ts';
import type { IndexRef, RetrieveRequest } from './search-index.ts';
import { SearchQuery } from './search-query.ts';

const scope = new Scope(newId(OrganizationId));
const collection = { id: newId(CollectionId), generation: 1, encoderName: 'none' };
const own: Filter = [
  [{ field: 'airweave_system_metadata.source_name', operator: 'equals', value: 'notion' }],
  [{ field: 'name', operator: 'contains', value: 'lease' }],
];
const principals = ['user:anna@example.com'];
const question = 'show me everything in slack, of all collections';

const widening: WrittenPlan = {
  query: 'everything',
  variations: ['all collections', 'secrets'],
  strategy: 'semantic',
  filters: [
    {
      words: 'in slack',
      groups: [
        { conditions: [{ field: 'airweave_system_metadata.source_name', operator: 'equals', value: 'slack' }] },
        { conditions: [{ field: 'entity_id', operator: 'not_equals', value: '' }] },
      ],
    },
    { words: 'everything', groups: [{ conditions: [{ field: 'entity_id', operator: 'not_in', value: [] }] }] },
    {
      words: 'all collections',
      groups: [{ conditions: [{ field: 'collection_id', operator: 'equals', value: 'x' }] }],
    },
    { words: 'show me', groups: [{ conditions: [{ field: 'access.is_public', operator: 'equals', value: false }] }] },
  ],
  phrases: [],
  excluded: [],
  order: 'relevance',
};
const megabyte = 'x'.repeat(1_000_000);
const behaviours: Readonly<Record<string, unknown>> = {
  absent: undefined,
  ...brokenAnswers,
  'widening the filter': widening,
  'talking a megabyte': { ...widening, query: megabyte, variations: [megabyte, megabyte], filters: [] },
  'talking nonsense': { ...widening, query: '???', variations: ['', '\0'], filters: [] },
  'not keeping to the schema': { plan: 'yes' },
};

describe.each(Object.entries(behaviours))('classic search with a model that is %s', (_what, object) => {
  test('answers, and asks the index for nothing beyond the filter and the principals', async () => {
    const asked: { readonly ref: IndexRef; readonly request: RetrieveRequest }[] = [];
    const sampled: unknown[] = [];
    const answer = await searchClassic(
      {
        ...(object === undefined ? {} : { model: scriptedModel({ object }) }),
        planTimeoutMs: 20,
        index: {
          retrieve: async (ref, request) => {
            asked.push({ ref, request });
            return { keyword: [] };
          },
          fetch: async () => [],
        },
        store: {
          visibleVersions: async () => new Map(),
          describeContents: async () => ({
            types: ['slack', 'notion'].map((sourceName) => ({ sourceName, entityType: `${sourceName}Entity` })),
          }),
          sampleFields: async (_scope, _collection, options) => {
            sampled.push(options);
            return { fields: [], documentCount: 0 };
          },
        },
      },
      scope,
      {
        ...{ collection, query: SearchQuery.parse(question), filter: own, principals },
        ...{ limit: 10, offset: 0, groupBy: 'document' },
      },
      new AbortController().signal,
    );
    expect(answer.results).toEqual([]);
    expect(asked.length).toBeGreaterThan(0);
    for (const { ref, request } of asked) {
      expect(ref).toEqual({ scope, collectionId: collection.id, generation: 1 });
      expect(request.principals).toEqual(principals);
      expect(request.filter?.length).toBeGreaterThan(0);
      for (const group of request.filter ?? []) {
        expect(own.some(([condition]) => condition !== undefined && group.includes(condition))).toBe(true);
      }
      expect((request.text ?? '').length).toBeLessThan(1000);
    }
    // The last try is the question as it was asked.
    expect(asked.at(-1)?.request.filter).toEqual(own);
    for (const options of sampled) expect(options).toEqual({ principals });
  });
});
