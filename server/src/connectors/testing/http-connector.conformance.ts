import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { collect } from '../../connector-kit/collect.fixture.ts';
import { describeConnectorConformance } from '../../connector-kit/connector.conformance.ts';
import type { AccessTokens, AnyConnector, Page, SourceEntity } from '../../connector-kit/index.ts';
import { type MockHandler, MockSource } from './mock-source.ts';
import { describeSpecification } from './specification.ts';

export interface HttpConformanceOptions {
  readonly connector: AnyConnector;
  readonly config?: unknown;
  readonly credentials: unknown;
  /** The vendor's server, with more than one page in at least one list. */
  readonly handler: MockHandler;
  /** By stream. */
  readonly expectedEntities: Readonly<Record<string, number>>;
  /** Paths that the kept description leaves out; say where the vendor documents them. */
  readonly undescribed?: readonly RegExp[];
  /** The same of parameters in the query. */
  readonly undescribedParameters?: readonly string[];
}

/**
 * What every connector over HTTP promises: what all connectors do, and that it bears what servers do to it. Called from the
 * connector's own test file.
 *
 * @returns the mock, for further tests, and a way to read all streams
 */
export function describeHttpConnector(options: HttpConformanceOptions) {
  const { connector } = options;
  const mock = new MockSource(options.handler);
  beforeAll(() => mock.start());
  afterAll(() => mock.stop());
  afterEach(() => {
    mock.interfere = undefined;
  });

  const context = (more: { readonly tokens?: AccessTokens } = {}) => ({
    config: connector.config.parse(options.config ?? {}),
    credentials: connector.credentials.parse(options.credentials),
    policy: { forbiddenRoots: [] },
    signal: new AbortController().signal,
    http: mock.http,
    ...more,
  });
  /** All pages of all streams. */
  async function readAll(more: Parameters<typeof context>[0] = {}): Promise<readonly Page[]> {
    const pages: Page[] = [];
    for (const stream of Object.values(connector.streams)) pages.push(...(await collect(stream.read(context(more)))));
    return pages;
  }
  async function readEntities(): Promise<readonly SourceEntity[]> {
    return (await readAll()).flatMap(({ entities }) => entities);
  }

  describeConnectorConformance({
    ...{ connector, credentials: options.credentials, expectedEntities: options.expectedEntities },
    config: () => structuredClone(options.config ?? {}),
    http: () => mock.http,
  });
  describeSpecification(connector.shortName, mock, readEntities, {
    paths: options.undescribed ?? [],
    parameters: options.undescribedParameters ?? [],
  });

  describe(`connector ${connector.shortName}: over HTTP`, () => {
    const keys = (entities: readonly SourceEntity[]) => entities.map(({ type, id }) => `${type} ${id}`);

    it('gives every entity the fields that its class declares', async () => {
      for (const entity of await readEntities()) {
        const declared = connector.entityTypes.find(({ name }) => name === entity.type)?.fields;
        expect(
          declared?.strict().safeParse(entity.fields).error?.issues,
          `${entity.type} ${entity.id}`,
        ).toBeUndefined();
      }
    });

    it('bears servers that fail once, break off, or are out of order for a moment', async () => {
      const expected = keys(await readEntities());
      const seen = new Map<string, number>();
      mock.interfere = ({ method, path, query, body }) => {
        const key = JSON.stringify([method, path, query, body]);
        const times = seen.get(key) ?? 0;
        seen.set(key, times + 1);
        if (times === 0) return { status: 500, text: 'oops' };
        if (times === 1) return { json: { half: 'x'.repeat(1_000) }, isCutOff: true };
        return undefined;
      };
      expect(keys(await readEntities())).toEqual(expected);
    });

    it('passes on how long it is to wait', async () => {
      mock.interfere = () => ({ status: 429, headers: { 'retry-after': '120' }, text: 'slow down' });
      await expect(readAll()).rejects.toMatchObject({ kind: 'rate_limited', retryAfterMs: 120_000 });
      await expect(connector.validate(context())).rejects.toMatchObject({ kind: 'rate_limited' });
    });

    it('says that the credentials are refused, and nothing of what the server wrote', async () => {
      mock.interfere = () => ({ status: 401, text: '{"message":"secret words"}' });
      const validated = connector.validate(context());
      await expect(validated).rejects.toMatchObject({ kind: 'credentials', errorCategory: 'api_key_invalid' });
      await expect(validated).rejects.not.toThrow(/secret words/);
      await expect(readAll()).rejects.toMatchObject({ kind: 'credentials' });
    });

    it('takes a new token after a 401, once', async () => {
      const tokens: AccessTokens = { current: async () => 'old-token', renew: async () => 'new-token' };
      mock.interfere = ({ headers }) =>
        JSON.stringify(headers).includes(Buffer.from('old-token:').toString('base64')) ||
        JSON.stringify(headers).includes('old-token')
          ? { status: 401 }
          : undefined;
      await connector.validate(context({ tokens }));
      mock.interfere = () => ({ status: 401 });
      const refused = connector.validate(context({ tokens }));
      await expect(refused).rejects.toMatchObject({ kind: 'credentials', errorCategory: 'oauth_credentials_expired' });
    });

    it('says that the permission is missing, and that an answer is none', async () => {
      mock.interfere = () => ({ status: 403, text: '{}' });
      await expect(connector.validate(context())).rejects.toMatchObject({ kind: 'configuration' });
      mock.interfere = () => ({ text: '<html>Maintenance</html>' });
      await expect(connector.validate(context())).rejects.toMatchObject({ kind: 'source' });
      await expect(readAll()).rejects.toMatchObject({ kind: 'source' });
    });
  });

  return { mock, readEntities, readAll, context };
}
