import { z } from 'zod';
import type { AnyConnector } from '../../../connector-kit/index.ts';
import type { ConnectorRegistry } from '../../../core/connections/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { EntityDefinition, toEntityDefinition } from './entity-definition.ts';

export const listDefinitionsEndpoint = (connectors: ConnectorRegistry) => {
  let bySource: ReadonlyMap<string, z.input<typeof EntityDefinition>[]> | undefined;
  return defineEndpoint({
    method: 'GET',
    path: '/entities/definitions/by-source',
    summary: "List a source's entity definitions",
    description: 'What a source gives, with the fields of each. Empty for an unknown source.',
    tags: ['entities'],
    access: 'public',
    query: z.object({ source_short_name: z.string() }),
    response: z.array(EntityDefinition),
    handler: ({ query }) => {
      // They are code: made once, when somebody asks.
      bySource ??= new Map(connectors.list().map((connector) => [connector.shortName, definitionsOf(connector)]));
      return bySource.get(query.source_short_name) ?? [];
    },
  });
};

function definitionsOf(connector: AnyConnector): z.input<typeof EntityDefinition>[] {
  return connector.entityTypes
    .filter(({ definedBy }) => definedBy === undefined)
    .map((type) => toEntityDefinition(connector, type));
}
