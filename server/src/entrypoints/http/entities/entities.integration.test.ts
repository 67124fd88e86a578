import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allConnectors } from '../../../connectors/registry.ts';
import { expectHidden, expectRefusals } from '../testing/expect-refusals.ts';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

let fixture: SourceFixture;
beforeAll(async () => {
  fixture = await createSourceFixture();
});
afterAll(() => fixture.close());

const definitionsOf = (source: string) =>
  fixture.ask('GET', `/entities/definitions/by-source?source_short_name=${source}`);

describe('entity definitions', () => {
  test('are for everyone, in both forms of the path, with the fields of each', async () => {
    const { status, body } = await definitionsOf('files');
    expect([status, body]).toEqual([
      200,
      [
        {
          short_name: 'file_entity',
          name: 'FileEntity',
          description: expect.stringMatching(/\w/),
          class_name: 'FileEntity',
          module_name: 'files',
          entity_type: 'json',
          entity_schema: expect.objectContaining({ title: 'FileEntity', type: 'object' }),
        },
      ],
    ]);
    const { properties, required } = body[0].entity_schema;
    expect(Object.keys(properties)).toEqual(['breadcrumbs', 'path', 'size', 'extension', 'mime_type']);
    expect(properties.breadcrumbs.type).toBe('array');
    expect(properties.size).toMatchObject({ type: 'integer', description: 'In bytes' });
    expect(required).toContain('path');
    const slashed = await fixture.ask('GET', '/entities/definitions/by-source/?source_short_name=files');
    expect(slashed.body).toEqual(body);
  });

  test('name what the source says it gives, and fields that are its own', async () => {
    for (const connector of allConnectors) {
      const { body } = await definitionsOf(connector.shortName);
      const { body: source } = await fixture.call('GET', `/sources/${connector.shortName}`);
      expect(body.map((definition: { short_name: string }) => definition.short_name)).toEqual(
        source.output_entity_definitions,
      );
      for (const { entity_schema } of body) {
        for (const key of ['entity_id', 'textual_representation', 'airweave_system_metadata']) {
          expect(Object.keys(entity_schema.properties)).not.toContain(key);
        }
      }
    }
  });

  test('are none for an unknown source, and a 422 without one', async () => {
    for (const source of ['nothing', 'constructor', '']) expect((await definitionsOf(source)).body).toEqual([]);
    expect((await fixture.ask('GET', '/entities/definitions/by-source')).status).toBe(422);
  });
});

describe('entity counts', () => {
  test('tell what a sync has indexed, per definition and in all', async () => {
    await fixture.createCollection('counted');
    const { body: connection } = await fixture.connect('counted', {
      config: { entity_count: 12 },
      sync_immediately: true,
    });
    const counts = `/entity-counts/syncs/${connection.sync_id}`;
    expect((await fixture.call('GET', `${counts}/counts`)).body).toEqual([]);
    expect((await fixture.call('GET', `${counts}/total-count`)).body).toBe(0);

    const worker = fixture.startWorker();
    await fixture.waitForJob(connection.id, 'completed');
    await worker.stop();
    const { status, body } = await fixture.call('GET', `${counts}/counts`);
    expect(status).toBe(200);
    expect(body).toContainEqual({
      count: 1,
      entity_definition_short_name: 'stub_container_entity',
      entity_definition_name: 'StubContainerEntity',
      entity_definition_type: 'json',
      entity_definition_description: 'The container of a stub source',
      modified_at: expect.stringMatching(/Z$/),
    });
    const names = body.map((count: { entity_definition_short_name: string }) => count.entity_definition_short_name);
    expect(names).toEqual(names.toSorted());
    const sum = body.reduce((total: number, { count }: { count: number }) => total + count, 0);
    const total = await fixture.call('GET', `${counts}/total-count/`);
    expect([total.status, total.body, sum]).toEqual([200, 12, 12]);

    for (const path of ['counts', 'total-count']) await expectHidden(fixture, 'GET', `${counts}/${path}`);
  });

  test('are a 404 for an unknown sync, a 422 for no id, and refused to whom it may not concern', async () => {
    const own = fixture.endpoints.filter(({ path }) => path.startsWith('/entity-counts'));
    expect(own).toHaveLength(2);
    for (const endpoint of own) {
      const at = (id: string) => fixture.call('GET', endpoint.path.replace('{sync_id}', id));
      expect((await at(crypto.randomUUID())).status).toBe(404);
      expect((await at('nothing')).status).toBe(422);
      await expectRefusals(fixture, endpoint);
    }
  });
});
