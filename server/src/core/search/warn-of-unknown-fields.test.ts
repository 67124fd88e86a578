import { expect, test } from 'vitest';
import { CollectionId, newId, OrganizationId, Scope } from '../shared/index.ts';
import type { Filter } from './filter.ts';
import { warnOfUnknownFields } from './warn-of-unknown-fields.ts';

const scope = new Scope(newId(OrganizationId));
const fields = ['team', 'size'].map((name) => ({ name, types: ['string'], documentCount: 2 }));

function warningsOf(filter: Filter | undefined, documentCount = 2): Promise<readonly string[]> {
  const store = { sampleFields: async () => ({ fields: documentCount === 0 ? [] : fields, documentCount }) };
  return warnOfUnknownFields(store, scope, newId(CollectionId), filter, undefined);
}

test('names an own field that no document has, and the one that was probably meant', async () => {
  const [warning, second] = await warningsOf([
    [
      { field: 'raw_source_fields.taem', operator: 'equals', value: 'red' },
      { field: 'raw_source_fields.size', operator: 'equals', value: 3 },
    ],
  ]);
  expect(warning).toContain("has the field 'raw_source_fields.taem'. Did you mean 'raw_source_fields.team'?");
  expect(second).toBeUndefined();
});

test('says nothing without own fields, without a filter, or of a collection without documents', async () => {
  expect(await warningsOf([[{ field: 'name', operator: 'equals', value: 'x' }]])).toEqual([]);
  expect(await warningsOf(undefined)).toEqual([]);
  expect(await warningsOf([[{ field: 'raw_source_fields.x', operator: 'exists', value: true }]], 0)).toEqual([]);
});
