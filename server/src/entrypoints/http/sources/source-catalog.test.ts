import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type AnyConnector, defineConnector, type OAuth } from '../../../connector-kit/index.ts';
import { newId, OrganizationId, Scope } from '../../../core/shared/index.ts';
import { createSourceCatalog } from './source-catalog.ts';

const nothing = z.object({});
const field = { title: 'Field', description: '', type: 'string', required: false } as const;

function source(change: Partial<AnyConnector> = {}): AnyConnector {
  return defineConnector({
    ...{ shortName: 'notes', displayName: 'Notes', description: 'Notes', className: 'NotesSource', labels: [] },
    ...{ authMethods: ['direct'], isInternal: false, supportsContinuous: false, entityTypes: [], streams: {} },
    ...{ config: nothing, configFields: [], credentials: nothing, credentialFields: [] },
    async validate() {},
    ...change,
  });
}

const oauth2: OAuth = {
  ...{ kind: 'oauth2', authorizeUrl: 'https://a.example', tokenUrl: 'https://t.example', scopes: [] },
  tokens: 'with_rotating_refresh',
};
const oauth1: OAuth = {
  ...{ kind: 'oauth1', requestTokenUrl: 'https://r.example' },
  ...{ authorizeUrl: 'https://a.example', accessTokenUrl: 'https://t.example' },
};

const scope = new Scope(newId(OrganizationId));

function catalogOf(connectors: readonly AnyConnector[], switchedOff: readonly string[] = []) {
  return createSourceCatalog({
    connectors: {
      list: () => connectors,
      find: (name) => connectors.find(({ shortName }) => shortName === name),
    },
    requiresOwnClient: ({ oauth }) => oauth !== undefined,
    features: { listSwitched: async () => switchedOff.map((flag) => ({ flag, isEnabled: false })) },
  });
}

describe('the catalog of sources', () => {
  it('says what a connector says', async () => {
    const [plain, ...others] = await catalogOf([
      source(),
      source({ oauth: oauth2, rateLimitLevel: 'org', supportsTemporalRelevance: false }),
      source({ oauth: oauth1, browse: async () => [], memberships: async function* () {} }),
    ]).list(scope);
    expect(plain).toMatchObject({
      ...{ oauth_type: null, requires_byoc: false, rate_limit_level: null, feature_flag: null },
      ...{ supports_browse_tree: false, supports_access_control: false, supports_temporal_relevance: true },
      ...{ auth_config_class: null, config_class: null, federated_search: false, supported_auth_providers: [] },
    });
    expect(others).toEqual([
      expect.objectContaining({
        ...{ oauth_type: 'with_rotating_refresh', requires_byoc: true },
        ...{ rate_limit_level: 'org', supports_temporal_relevance: false },
      }),
      expect.objectContaining({ oauth_type: 'oauth1', supports_browse_tree: true, supports_access_control: true }),
    ]);
  });

  it('hides a source whose feature the organisation lacks, as if there were none', async () => {
    const connectors = [source(), source({ shortName: 'share', featureFlag: 'sharepoint_2019_v2' })];
    const names = (await catalogOf(connectors).list(scope)).map(({ short_name }) => short_name);
    expect(names).toEqual(['notes', 'share']);
    const without = catalogOf(connectors, ['sharepoint_2019_v2']);
    expect((await without.list(scope)).map(({ short_name }) => short_name)).toEqual(['notes']);
    expect(await without.find(scope, 'share')).toBeUndefined();
  });

  it('leaves out the fields whose feature the organisation lacks', async () => {
    const configFields = [
      { ...field, name: 'plain' },
      { ...field, name: 'flagged', featureFlag: 'zephyr_scale' },
    ];
    const fieldsOf = async (switchedOff: readonly string[]) => {
      const found = await catalogOf([source({ configFields })], switchedOff).find(scope, 'notes');
      return found?.config_fields.fields.map(({ name, feature_flag }) => [name, feature_flag]);
    };
    expect(await fieldsOf([])).toEqual([
      ['plain', null],
      ['flagged', 'zephyr_scale'],
    ]);
    expect(await fieldsOf(['zephyr_scale'])).toEqual([['plain', null]]);
  });
});
