import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allConnectors } from '../../../connectors/registry.ts';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

let fixture: SourceFixture;
beforeAll(async () => {
  fixture = await createSourceFixture();
});
afterAll(() => fixture.close());

describe('sources', () => {
  test('are listed with every field of the contract, each as it is read alone', async () => {
    const { status, body } = await fixture.call('GET', '/sources');
    expect(status).toBe(200);
    expect(body.map((source: { short_name: string }) => source.short_name)).toEqual(
      allConnectors.map((connector) => connector.shortName),
    );
    for (const source of body) {
      expect((await fixture.call('GET', `/sources/${source.short_name}`)).body).toEqual(source);
    }
  });

  test('say what they are and what they take', async () => {
    const { body } = await fixture.call('GET', '/sources/incremental_stub');
    expect(body).toEqual({
      name: 'Incremental Stub',
      description: expect.stringMatching(/\w+/),
      auth_methods: ['direct'],
      oauth_type: null,
      requires_byoc: false,
      auth_config_class: null,
      config_class: null,
      short_name: 'incremental_stub',
      class_name: 'IncrementalStubSource',
      // Those that it gives are the stub's.
      output_entity_definitions: [],
      labels: ['Internal', 'Testing'],
      supports_continuous: true,
      federated_search: false,
      supports_temporal_relevance: true,
      supports_access_control: false,
      rate_limit_level: null,
      feature_flag: null,
      supports_browse_tree: false,
      auth_fields: { fields: [expect.objectContaining({ name: 'stub_key', type: 'string', required: false })] },
      config_fields: {
        fields: [
          {
            name: 'entity_count',
            title: 'Entity Count',
            description: expect.stringMatching(/\w+/),
            type: 'number',
            required: false,
            items_type: null,
            feature_flag: null,
            is_secret: false,
            enum_values: null,
          },
          expect.objectContaining({ name: 'seed' }),
        ],
      },
      supported_auth_providers: ['composio', 'custom', 'pipedream'],
      id: expect.stringMatching(uuid),
      created_at: '2026-01-01T00:00:00.000Z',
      modified_at: '2026-01-01T00:00:00.000Z',
      output_entity_definition_ids: [],
    });
  });

  test('have the kinds of fields that forms are made of', async () => {
    const { body } = await fixture.call('GET', '/sources/exception_stub');
    const field = (name: string) => body.config_fields.fields.find((one: { name: string }) => one.name === name);
    expect(field('fail_on_validate')).toMatchObject({ type: 'boolean', required: false });
    expect(field('exception_type').enum_values).toContain('timeout');
    const files = (await fixture.call('GET', '/sources/files')).body;
    expect(files.config_fields.fields[0]).toMatchObject({ name: 'path', type: 'string', required: true });
    expect(files.supports_browse_tree).toBe(true);
  });

  test.each(['nothing', 'STUB', '%F0%9F%9A%80', 'constructor'])('answer 404 for the unknown one %s', async (name) => {
    const { status, body } = await fixture.call('GET', `/sources/${name}`);
    expect([status, body.detail]).toEqual([404, expect.stringContaining('not found')]);
  });
});
