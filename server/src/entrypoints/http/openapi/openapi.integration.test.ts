import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCollectionStore } from '../../../adapters/postgres/collection-store.ts';
import { listEndpoints } from '../routes.ts';
import { createHttpFixture, type HttpFixture } from '../testing/http-fixture.ts';
import { withoutDependencies } from '../testing/without-dependencies.ts';
import { tagDescriptions } from './tag-descriptions.ts';

const html = { 'content-type': 'text/html; charset=utf-8' };
const file = (text: string, contentType: string) => ({ body: new TextEncoder().encode(text), contentType });

let fixture: HttpFixture;
beforeAll(async () => {
  fixture = await createHttpFixture({
    isOpen: true,
    endpoints: (database, identityStore) =>
      listEndpoints(
        withoutDependencies({
          identityStore,
          collectionStore: createCollectionStore(database),
          encoder: { name: 'model', dimensions: 384 },
          readiness: { checks: [], isShuttingDown: () => false },
          metrics: new Registry(),
          dashboardFiles: new Map([
            ['index.html', file('<h1>Dashboard</h1>', html['content-type'])],
            ['assets/app.js', file('start()', 'text/javascript; charset=utf-8')],
          ]),
          version: '1.2.3',
        }),
      ),
  });
});
afterAll(() => fixture.close());

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: object }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
  readonly responses: Readonly<Record<string, { readonly content?: object }>>;
}

describe('the OpenAPI document', () => {
  async function operations(): Promise<readonly (readonly [name: string, operation: Operation])[]> {
    const { body } = await fixture.ask('GET', '/openapi.json');
    return Object.entries(body.paths as Record<string, Record<string, Operation>>).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation] as const),
    );
  }

  test('describes every endpoint but the pages', async () => {
    const described = (await operations()).map(([name]) => name).toSorted();
    const served = fixture.endpoints.filter(({ isPage }) => !isPage);
    expect(described).toEqual(served.map(({ method, path }) => `${method.toLowerCase()} ${path}`).toSorted());
  });

  test('gives each operation an id of its own, a tag and its errors', async () => {
    const all = await operations();
    expect(new Set(all.map(([, { operationId }]) => operationId)).size).toBe(all.length);
    for (const [name, { operationId, tags, responses }] of all) {
      expect([name, operationId]).toEqual([name, expect.stringMatching(/^[a-z0-9_]+$/)]);
      expect([name, tags.length]).toEqual([name, 1]);
      expect([name, Object.keys(responses).some((status) => status < '400')]).toEqual([name, true]);
    }
  });

  test('says of each tag what it is about, and of no other', async () => {
    const { body } = await fixture.ask('GET', '/openapi.json');
    expect(body.tags.map(({ name }: { name: string }) => name).toSorted()).toEqual(
      Object.keys(tagDescriptions).toSorted(),
    );
  });

  test('has no reference that leads nowhere', async () => {
    const { body } = await fixture.ask('GET', '/openapi.json');
    const references = [...JSON.stringify(body).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
      ([, name]) => name,
    );
    expect(references.length).toBeGreaterThan(0);
    for (const name of references) expect(Object.keys(body.components.schemas)).toContain(name);
    expect(JSON.stringify(body)).not.toContain('$defs');
  });

  test('says of creating a collection what the contract says', async () => {
    const create = new Map(await operations()).get('post /collections');
    expect(create).toMatchObject({
      operationId: 'create_collection',
      parameters: [
        { name: 'X-API-Key', in: 'header', required: false, schema: { type: ['string', 'null'] } },
        { name: 'X-Organization-ID', in: 'header', required: false, schema: { type: ['string', 'null'] } },
      ],
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: {
              required: ['name'],
              properties: { name: { type: 'string', minLength: 4, maxLength: 64 } },
            },
          },
        },
      },
      responses: {
        200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Collection' } } } },
        422: {
          content: {
            'application/json': {
              schema: {
                anyOf: [{ $ref: '#/components/schemas/ValidationError' }, { $ref: '#/components/schemas/Error' }],
              },
            },
          },
        },
      },
    });
  });
});

describe('pages', () => {
  test.each(['/docs', '/docs/', '/redoc'])('%s shows the API with nothing from elsewhere', async (path) => {
    const { status, body, headers } = await fixture.ask('GET', path);
    expect([status, headers.get('content-type')]).toEqual([200, html['content-type']]);
    expect(headers.get('content-security-policy')).toContain("script-src 'self';");
    expect(headers.get('x-frame-options')).toBe('DENY');
    const assets = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address);
    expect(assets).toHaveLength(4);
    for (const asset of assets) {
      expect(asset).toMatch(/^\/docs\//);
      const answer = await fixture.ask('GET', asset);
      expect([asset, answer.status]).toEqual([asset, 200]);
    }
  });

  test('at / send browsers to the dashboard and tell programs where things are', async () => {
    const browser = await fixture.ask('GET', '/', { headers: { accept: 'text/html,*/*' } });
    expect([browser.status, browser.headers.get('location')]).toEqual([302, '/app/']);
    const program = await fixture.ask('GET', '/');
    expect([program.status, program.headers.get('content-type')]).toEqual([200, html['content-type']]);
    const followed = await fetch(`${fixture.url}/`, { headers: { accept: 'text/html' } });
    expect([followed.status, await followed.text()]).toEqual([200, '<h1>Dashboard</h1>']);
  });

  test('of the dashboard are its files and nothing else', async () => {
    expect((await fixture.ask('GET', '/app/assets/app.js')).body).toBe('start()');
    expect((await fixture.ask('GET', '/app/')).headers.get('content-security-policy')).toContain("style-src 'self';");
    for (const path of ['/app/other.js', '/app/%2e%2e/package.json', '/app/..%2f..%2fpackage.json', '/app/assets']) {
      expect([path, (await fixture.ask('GET', path)).status]).toEqual([path, 404]);
    }
  });
});
