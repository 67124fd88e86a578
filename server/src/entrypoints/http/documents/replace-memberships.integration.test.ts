import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectHidden, expectRefusals } from '../testing/expect-refusals.ts';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

let fixture: SourceFixture;
const path = '/collections/notes/memberships';
const document = (id: string, access?: object) => ({
  ...{ id, name: `Note ${id}`, text: 'The quarterly figures.' },
  ...(access === undefined ? {} : { access }),
});

beforeAll(async () => {
  fixture = await createSourceFixture();
  fixture.startWorker();
  for (const collection of ['notes', 'elsewhere']) {
    await fixture.createCollection(collection);
    const { status, body } = await fixture.call('POST', `/collections/${collection}/documents?wait=true`, {
      documents: [
        document('open'),
        document('public', { viewers: [], is_public: true }),
        document('sales', { viewers: ['group:sales'] }),
        document('staff', { viewers: ['group:staff', 'user:Ben@Example.com'] }),
        document('nobody', { viewers: [] }),
      ],
    });
    expect([status, body.failed, body.pending]).toEqual([200, [], false]);
  }
});
afterAll(() => fixture.close());

async function seenBy(asUser: string | undefined, collection = 'notes'): Promise<readonly string[]> {
  const search = { query: 'quarterly figures', ...(asUser === undefined ? {} : { as_user: asUser }) };
  const { status, body } = await fixture.call('POST', `/collections/${collection}/search/instant`, search);
  expect(status).toBe(200);
  return body.results
    .map((hit: { airweave_system_metadata: { original_entity_id: string } }) => hit.airweave_system_metadata)
    .map(({ original_entity_id }: { original_entity_id: string }) => original_entity_id)
    .toSorted();
}

const put = (groups: unknown) => fixture.call('PUT', path, { groups });
const sales = { group: 'group:sales', members: ['user:Anna@Example.com'] };

describe('PUT /collections/{readable_id}/memberships', () => {
  test('opens pushed documents to the members of the groups that they name, nested ones too', async () => {
    expect(await seenBy('anna@example.com')).toEqual(['open', 'public']);
    const { status, body } = await put([sales, { group: 'group:staff', members: ['group:sales'] }]);
    expect([status, body]).toEqual([200, { memberships: 2, loaded_at: expect.any(String) }]);
    expect(await seenBy('ANNA@example.com')).toEqual(['open', 'public', 'sales', 'staff']);
    expect(await seenBy('ben@example.com')).toEqual(['open', 'public', 'staff']);
    expect(await seenBy('group:staff')).toEqual(['open', 'public', 'staff']);
    expect(await seenBy(undefined)).toHaveLength(5);
  });

  test('opens nothing of another collection that has a group of the same name', async () => {
    await put([sales]);
    expect(await seenBy('anna@example.com', 'elsewhere')).toEqual(['open', 'public']);
    expect(await seenBy('group:sales', 'elsewhere')).toEqual(['open', 'public']);
  });

  test('replaces everything that was said before', async () => {
    await put([sales]);
    expect((await put([])).body).toMatchObject({ memberships: 0 });
    expect(await seenBy('anna@example.com')).toEqual(['open', 'public']);
  });

  test('documents show the labels that they were pushed with', async () => {
    const { body } = await fixture.call('GET', '/collections/notes/documents/staff');
    expect(body.access).toEqual({ viewers: ['group:staff', 'user:ben@example.com'], is_public: false });
    const again = await fixture.call('POST', '/collections/notes/documents?wait=true', {
      documents: [document('staff', { viewers: ['group:staff', 'user:Ben@Example.com'] })],
    });
    expect(again.body).toMatchObject({ unchanged: 1, accepted: 0 });
  });

  test.each([
    ['no groups', {}, 'body.groups'],
    ['a group that is no label', { groups: [{ ...sales, group: 'sales' }] }, 'body.groups.0.group'],
    ['a group without a name', { groups: [{ ...sales, group: 'group:' }] }, 'body.groups.0.group'],
    ['a member that is no label', { groups: [{ ...sales, members: ['anna'] }] }, 'body.groups.0.members.0'],
    ['a NUL', { groups: [{ ...sales, members: ['user:a\0'] }] }, 'body.groups.0.members.0'],
    ['a long label', { groups: [{ ...sales, group: `group:${'x'.repeat(300)}` }] }, 'body.groups.0.group'],
  ])('refuses %s', async (_, body, field) => {
    const answer = await fixture.call('PUT', path, body);
    expect(answer.status).toBe(422);
    expect(JSON.stringify(answer.body)).toContain(field.split('.').at(-1));
  });

  test('takes labels of the longest kind in any script', async () => {
    const longest = '\u{1F600}'.repeat(250);
    expect((await put([{ group: `group:${longest}`, members: [`user:${longest}`] }])).status).toBe(200);
  });

  test('refuses who may not write, and hides the collection from other organisations', async () => {
    const endpoint = fixture.endpoints.find((one) => one.method === 'PUT' && one.path.endsWith('/memberships'));
    if (endpoint === undefined) throw new Error('there is no such endpoint');
    await expectRefusals(fixture, endpoint);
    await expectHidden(fixture, 'PUT', path, { groups: [] });
  });
});
