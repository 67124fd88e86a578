import { z } from 'zod';
import { defineHttpConnector, entityClass, get, singlePage, tokenCredentials } from './index.ts';

/* Declarations that must not compile. */

// @ts-expect-error a part of the path is missing
get('/repos/{owner}/{repo}', { at: { owner: 'a' } });
// @ts-expect-error parts are missing altogether
get('/repos/{owner}');
get('/repos/{owner}/{+path}', { at: { owner: 'a', path: 'b/c' } });

const thing = entityClass('ThingEntity', 'A thing', { name: 'string', size: 'integer?' }, ['name']);
// @ts-expect-error only declared fields are searchable
entityClass('ThingEntity', 'A thing', { name: 'string' }, ['title']);
// @ts-expect-error no such kind of field
entityClass('ThingEntity', 'A thing', { name: 'text' }, []);
// @ts-expect-error a field is missing
thing.of({ id: '1', name: 'a', fields: {} });
// @ts-expect-error a field is of another kind
thing.of({ id: '1', name: 'a', fields: { name: 'a', size: 'large' } });

defineHttpConnector({
  ...{ shortName: 'a', displayName: 'A', description: 'a', className: 'ASource', labels: [], authMethods: ['direct'] },
  config: z.object({ region: z.string() }),
  credentials: tokenCredentials,
  http: {
    baseUrl: 'https://a.example',
    pace: { requests: 1, perSeconds: 1 },
    token: ({ access_token }) => access_token,
  },
  entities: [thing],
  // @ts-expect-error nobody declared this configuration field
  check: ({ config }) => get('/{zone}', { at: { zone: config.zone } }),
  streams: (stream) => ({
    things: stream.list({
      entity: thing,
      list: ({ config }) => get('/{region}', { at: { region: config.region } }),
      pages: singlePage({ items: '' }),
      schema: z.object({ id: z.string() }),
      // @ts-expect-error the schema has no title
      toEntity: ({ id, title }) => thing.of({ id, name: title, fields: { name: title } }),
    }),
  }),
});
