import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectHidden, expectRefusals } from '../testing/expect-refusals.ts';
import { createSearchFixture, type SearchFixture } from '../testing/search-fixture.ts';
import { countFacetsEndpoint } from './count-facets.ts';

const path = '/collections/papers/facets';
const type = 'airweave_system_metadata.entity_type';
const team = 'raw_source_fields.team';
let fixture: SearchFixture;

beforeAll(async () => {
  const page = { text: 'x', sourceName: 'notion', entityType: 'Page' };
  fixture = await createSearchFixture(
    (dependencies) => [countFacetsEndpoint(dependencies)],
    [
      { ...page, name: 'a', fields: { team: ['red', 'red', 'blue'], size: 3 } },
      { ...page, name: 'b', fields: { team: 'red', size: 3, lead: { name: 'anna' } } },
      { ...page, name: 'c', fields: { team: 7, size: '3' } },
      { ...page, name: 'd', sourceName: 'slack', entityType: 'Message', fields: { team: true, text: 'y'.repeat(201) } },
      { ...page, name: 'e', viewers: ['user:anna@example.com'], fields: { team: 'secret' } },
    ],
  );
});
afterAll(() => fixture.close());

async function facetsOf(body: object) {
  const answer = await fixture.ask('POST', path, { key: fixture.key, body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body;
}

describe('POST /collections/{readable_id}/facets', () => {
  test('counts documents by the values of each field, each once, most frequent first', async () => {
    const body = await facetsOf({ fields: [type, team, 'raw_source_fields.lead.name', 'raw_source_fields.size'] });
    expect(body).toEqual({
      documents: 5,
      facets: [
        {
          field: type,
          values: [
            { value: 'Page', count: 4 },
            { value: 'Message', count: 1 },
          ],
          has_more: false,
        },
        {
          field: team,
          values: [{ value: 'red', count: 2 }, ...[7, 'blue', 'secret', true].map((value) => ({ value, count: 1 }))],
          has_more: false,
        },
        { field: 'raw_source_fields.lead.name', values: [{ value: 'anna', count: 1 }], has_more: false },
        {
          field: 'raw_source_fields.size',
          values: [
            { value: 3, count: 2 },
            { value: '3', count: 1 },
          ],
          has_more: false,
        },
      ],
      warnings: [],
    });
  });

  test('gives as many values as asked for, and says that there are more', async () => {
    const { facets } = await facetsOf({ fields: [team], values_per_field: 1 });
    expect(facets).toEqual([{ field: team, values: [{ value: 'red', count: 2 }], has_more: true }]);
  });

  test('counts what the filter lets through', async () => {
    const filter = [{ conditions: [{ field: 'raw_source_fields.size', operator: 'equals', value: 3 }] }];
    const body = await facetsOf({ fields: [team], filter });
    expect(body.documents).toBe(2);
    expect(body.facets[0].values).toEqual([
      { value: 'red', count: 2 },
      { value: 'blue', count: 1 },
    ]);
  });

  test('counts what the searcher may see, and nothing of others', async () => {
    const key = await fixture.createKey({ scopes: ['search', 'impersonate'] });
    const ask = async (user: string) => {
      const { body } = await fixture.ask('POST', path, { key, body: { fields: [team], as_user: user } });
      return [body.documents, JSON.stringify(body.facets).includes('secret')];
    };
    expect(await ask('anna@example.com')).toEqual([5, true]);
    expect(await ask('bob@example.com')).toEqual([4, false]);
  });

  test('says where nothing was counted that no document has such a field', async () => {
    const filter = [{ conditions: [{ field: 'raw_source_fields.taem', operator: 'equals', value: 'red' }] }];
    const { documents, warnings } = await facetsOf({ fields: [team], filter });
    expect([documents, warnings]).toEqual([0, [expect.stringContaining("Did you mean 'raw_source_fields.team'?")]]);
  });

  test('leaves out text that is too long to be a kind', async () => {
    const { facets } = await facetsOf({ fields: ['raw_source_fields.text'] });
    expect(facets).toEqual([{ field: 'raw_source_fields.text', values: [], has_more: false }]);
  });

  test.each([
    ['no fields', { fields: [] }, 'body.fields'],
    ['too many fields', { fields: Array.from({ length: 21 }, () => team) }, 'body.fields'],
    ['too many values', { fields: [team], values_per_field: 101 }, 'body.values_per_field'],
  ])('refuses %s', async (_, body, where) => {
    const answer = await fixture.ask('POST', path, { key: fixture.key, body });
    expect(answer.status).toBe(422);
    expect(JSON.stringify(answer.body)).toContain(where);
  });

  test('names an unknown field and the nearest one', async () => {
    const answer = await fixture.ask('POST', path, { key: fixture.key, body: { fields: ['entity_typ'] } });
    expect(answer.status).toBe(422);
    expect(JSON.stringify(answer.body)).toContain(`did you mean '${'breadcrumbs.entity_type'}'?`);
    const dates = await fixture.ask('POST', path, { key: fixture.key, body: { fields: ['created_at'] } });
    expect(JSON.stringify(dates.body)).toContain("'created_at' is not a field with facets");
  });

  test('says that documents do not keep which job wrote them', async () => {
    const field = 'airweave_system_metadata.sync_job_id';
    const filter = [{ conditions: [{ field, operator: 'equals', value: 'x' }] }];
    const answer = await fixture.ask('POST', path, { key: fixture.key, body: { fields: [team], filter } });
    expect(answer.status).toBe(422);
    expect(JSON.stringify(answer.body)).toContain("filter by 'airweave_system_metadata.sync_id'");
  });

  test('is 404 without the collection', async () => {
    const answer = await fixture.ask('POST', '/collections/missing/facets', {
      key: fixture.key,
      body: { fields: [team] },
    });
    expect([answer.status, answer.body]).toEqual([404, { detail: "Collection 'missing' not found" }]);
  });

  test('refuses who may not search, and hides the collection from other organisations', async () => {
    for (const endpoint of fixture.endpoints) await expectRefusals(fixture, endpoint);
    await expectHidden(fixture, 'POST', path, { fields: [team] });
  });
});
