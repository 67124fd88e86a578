import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { collect } from './collect.fixture.ts';
import {
  type AnyConnector,
  type ConnectorPolicy,
  fieldsOf,
  type Json,
  type Page,
  type SourceEntity,
  type SourceHttp,
} from './index.ts';

export interface ConformanceOptions {
  readonly connector: AnyConnector;
  /** A configuration that can be read, made anew for each test; it should give more than one page. */
  readonly config: () => unknown;
  readonly credentials?: unknown;
  readonly policy?: ConnectorPolicy;
  /** The way to a mock server, for sources that are read over HTTP. */
  readonly http?: () => SourceHttp;
  /** How many entities a run gives: of the only stream, or by the streams' names. */
  readonly expectedEntities: number | Readonly<Record<string, number>>;
}

const maxPageEntities = 200;

/**
 * What every connector promises to the sync, as tests to be called from the connector's own test file. Runs the connector
 * against what it really reads (or a mock server, for services).
 */
export function describeConnectorConformance(options: ConformanceOptions): void {
  const { connector, policy = { forbiddenRoots: [] } } = options;
  const credentials = connector.credentials.parse(options.credentials ?? {});
  const streams = Object.entries(connector.streams);
  const context = () => ({
    config: connector.config.parse(options.config()),
    credentials,
    policy,
    signal: new AbortController().signal,
    ...(options.http === undefined ? {} : { http: options.http() }),
  });

  describe(`connector ${connector.shortName}: declaration`, () => {
    it('has names that the API can show', () => {
      expect(connector.shortName).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(connector.className).toMatch(/^[A-Z][A-Za-z0-9]*Source$/);
      expect(connector.displayName).not.toBe('');
      expect(connector.description).not.toBe('');
      const names = connector.entityTypes.map((type) => type.name);
      expect(new Set(names).size).toBe(names.length);
      for (const name of names) expect(name).toMatch(/^[A-Z][A-Za-z0-9]*Entity$/);
    });

    it('lists the fields of its schemas, no more and no fewer, each with title and description', () => {
      expect(connector.configFields).toEqual(fieldsOf(asObject(connector.config)));
      const hasFields = connector.authMethods.includes('direct');
      expect(connector.credentialFields).toEqual(hasFields ? fieldsOf(asObject(connector.credentials)) : []);
      for (const field of [...connector.configFields, ...connector.credentialFields]) {
        expect(field.title, field.name).not.toBe(field.name);
        expect(field.description, field.name).not.toBe('');
      }
    });

    it('refuses a value of the wrong kind in any field and names that field', () => {
      const valid = options.config() as Record<string, unknown>;
      for (const { name } of connector.configFields) {
        const parsed = connector.config.safeParse({ ...valid, [name]: { nonsense: true } });
        expect(parsed.success, name).toBe(false);
        expect(parsed.error?.issues.map((issue) => issue.path[0])).toContain(name);
      }
    });

    it('requires exactly the fields that it says are required', () => {
      const valid = options.config() as Record<string, unknown>;
      for (const { name, required } of connector.configFields) {
        const { [name]: _, ...others } = valid;
        const parsed = connector.config.safeParse(others);
        expect(parsed.success, name).toBe(!required);
      }
    });

    it('accepts its configuration', async () => {
      await connector.validate(context());
    });
  });

  describe.each(streams)(`connector ${connector.shortName}: stream %s`, (streamName, stream) => {
    const { expectedEntities: expected } = options;
    const expectedEntities = typeof expected === 'number' ? expected : expected[streamName];
    const read = (given: Parameters<typeof stream.read>[0]) => collect(stream.read(given));

    it('gives its entities the fields that their class declares, and no others', async () => {
      const fields = new Map(connector.entityTypes.map((type) => [type.name, type.fields]));
      for (const { entities } of await read(context())) {
        for (const entity of entities) {
          const problems = fields.get(entity.type)?.strict().safeParse(entity.fields).error?.issues;
          expect(problems, `${entity.type} ${entity.id}`).toBeUndefined();
        }
      }
    });

    it('gives pages of at most 200 entities, all of declared classes', async () => {
      const declared = connector.entityTypes.map((type) => type.name);
      for (const page of await read(context())) {
        expect(page.entities.length).toBeLessThanOrEqual(maxPageEntities);
        const objects = [...page.entities, ...(page.failures ?? []), ...(page.deletions ?? [])];
        // Where an incremental stream found nothing more, its checkpoint may move alone.
        if (stream.mode === 'full') expect(objects.length).toBeGreaterThan(0);
        for (const { type, id } of objects) {
          expect(declared).toContain(type);
          expect(id).not.toBe('');
          // What a unique index of the database takes.
          expect(Buffer.byteLength(id)).toBeLessThan(2_000);
        }
      }
    });

    it('gives entities that are plain data, each with a name and text or a file or neither', async () => {
      for (const entity of (await read(context())).flatMap((page) => page.entities)) {
        expect(entity.name, entity.id).not.toBe('');
        expect(entity.text !== undefined && entity.file !== undefined, entity.id).toBe(false);
        expect(JSON.parse(JSON.stringify(entity.fields)), entity.id).toEqual(entity.fields);
        for (const date of [entity.createdAt, entity.updatedAt]) {
          if (date !== undefined) expect(Number.isNaN(date.getTime()), entity.id).toBe(false);
        }
      }
    });

    it('gives the same entities in the same order in every run', async () => {
      const shared = context();
      const [one, two] = [await read(shared), await read(shared)];
      expect(keysOf(one)).toHaveLength(expectedEntities ?? -1);
      expect(new Set(keysOf(one)).size).toBe(expectedEntities);
      expect(keysOf(two)).toEqual(keysOf(one));
      expect(two.flatMap(plainEntities)).toEqual(one.flatMap(plainEntities));
    });

    it('goes on behind the checkpoint of any page, also in another process, losing and doubling nothing', async () => {
      const shared = context();
      const pages = await read(shared);
      for (const [index, page] of pages.entries()) {
        const checkpoint = JSON.parse(JSON.stringify(page.checkpoint)) as Json;
        expect(checkpoint).toEqual(page.checkpoint);
        const before = new Set(keysOf(pages.slice(0, index + 1)));
        const expected = keysOf(pages.slice(index + 1));
        const resumed = keysOf(await read({ ...shared, checkpoint }));
        if (stream.mode === 'full') expect(resumed).toEqual(expected);
        // An incremental stream may give an entity again, but skips none and gives no other.
        else expect(resumed.filter((key) => !before.has(key))).toEqual(expected);
      }
    });

    it('stops with the reason of the abort, before the next page', async () => {
      const shared = context();
      const stop = new AbortController();
      const pages = stream.read({ ...shared, signal: stop.signal })[Symbol.asyncIterator]();
      await pages.next();
      stop.abort(new Error('stopped by the test'));
      await expect(endOf(pages)).rejects.toThrow();
      const already = stream.read({ ...shared, signal: AbortSignal.abort(new Error('stopped by the test')) });
      await expect(collect(already)).rejects.toThrow('stopped by the test');
    });

    it('gives files that can be opened twice, whole each time', async () => {
      const { signal } = new AbortController();
      for (const { file, id } of (await read(context())).flatMap((page) => page.entities)) {
        if (file === undefined) continue;
        const [one, two] = [await bytesOf(await file.open(signal)), await bytesOf(await file.open(signal))];
        expect(one.equals(two), id).toBe(true);
        expect(file.size ?? one.length, id).toBe(one.length);
        expect(file.name, id).not.toBe('');
      }
    });
  });
}

function asObject(schema: z.ZodType): z.ZodObject {
  if (schema instanceof z.ZodObject) return schema;
  throw new TypeError('A configuration schema must be an object.');
}

function keysOf(pages: readonly Page[]): readonly string[] {
  return pages.flatMap((page) => page.entities.map((entity) => `${entity.type} ${entity.id}`));
}

/** Entities without their functions, for comparing. */
function plainEntities(page: Page): readonly unknown[] {
  return page.entities.map(({ file, ...entity }: SourceEntity) => ({
    ...entity,
    file: file && { ...file, open: null },
  }));
}

/** Reads on until the end; a stream of one page has nothing left to stop, so its end counts as stopped. */
async function endOf(pages: AsyncIterator<Page>): Promise<void> {
  const { done } = await pages.next();
  if (done === true) throw new Error('The stream had ended.');
}

async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await collect(stream));
}
