import { describe, expect, it } from 'vitest';
import { collect } from '../../connector-kit/collect.fixture.ts';
import { describeConnectorConformance } from '../../connector-kit/connector.conformance.ts';
import type { AnyConnector, Json, ReadContext } from '../../connector-kit/index.ts';
import { exceptionStub } from './exception-stub.ts';
import { incrementalStub } from './incremental-stub.ts';
import { exceptionTypes } from './make-exception.ts';
import { stub } from './stub.ts';
import { kindOfItem, type StubKind } from './stub-kinds.ts';
import { timed } from './timed.ts';

describeConnectorConformance({ connector: stub, config: () => ({ entity_count: 160 }), expectedEntities: 160 });
describeConnectorConformance({
  connector: timed,
  config: () => ({ entity_count: 60, duration_seconds: 0.1 }),
  expectedEntities: 61,
});
describeConnectorConformance({
  connector: incrementalStub,
  config: () => ({ entity_count: 120 }),
  expectedEntities: 121,
});
describeConnectorConformance({
  connector: exceptionStub,
  config: () => ({ entity_count: 120, trigger_after: 120 }),
  expectedEntities: 120,
});

async function readAll(connector: AnyConnector, config: unknown, more: Partial<ReadContext> = {}) {
  const stream = connector.streams.items;
  if (stream === undefined) throw new Error('The connector has no such stream.');
  const pages = await collect(
    stream.read({
      config: connector.config.parse(config),
      credentials: {},
      policy: { forbiddenRoots: [] },
      signal: new AbortController().signal,
      ...more,
    }),
  );
  return { pages, entities: pages.flatMap((page) => page.entities), checkpoint: pages.at(-1)?.checkpoint as Json };
}

/** Runs until the failure and gives it, with the ids that came before. */
async function failureOf(connector: AnyConnector, config: unknown) {
  const ids: string[] = [];
  const stream = connector.streams.items;
  if (stream === undefined) throw new Error('The connector has no such stream.');
  try {
    for await (const page of stream.read({
      config: connector.config.parse(config),
      credentials: {},
      policy: { forbiddenRoots: [] },
      signal: new AbortController().signal,
    })) {
      ids.push(...page.entities.map((entity) => entity.id));
    }
  } catch (error) {
    return { ids, error };
  }
  return { ids, error: undefined };
}

describe('the stub', () => {
  const letters: Readonly<Record<StubKind, string>> = {
    small: 's',
    medium: 'm',
    large: 'L',
    smallFile: 'S',
    largeFile: 'F',
    codeFile: 'C',
  };
  const weights = (
    small: number,
    medium: number,
    large: number,
    smallFile: number,
    largeFile: number,
    codeFile: number,
  ) => ({
    small,
    medium,
    large,
    smallFile,
    largeFile,
    codeFile,
  });

  it.each([
    [42, weights(25, 25, 20, 10, 10, 10), 'L s m m F m L s m s C L C s C s L s m'],
    [42, weights(30, 30, 10, 15, 5, 10), 'L s m s F m m s m'],
    [12345, weights(30, 30, 20, 0, 10, 10), 'm m m s'],
    [99999, weights(50, 50, 0, 0, 0, 0), 's s'],
  ])('with seed %d makes items of the kinds its weights ask for', (seed, shares, expected) => {
    const kinds = expected.split(' ').map((_, index) => letters[kindOfItem(shares, seed, index)]);
    expect(kinds.join(' ')).toBe(expected);
  });

  it('takes weights that are all zero as equal', () => {
    const kinds = Array.from({ length: 200 }, (_, index) => kindOfItem(weights(0, 0, 0, 0, 0, 0), 1, index));
    expect(new Set(kinds).size).toBe(6);
  });

  it('gives as many entities as configured, the container first, with the ids of their kinds', async () => {
    const { entities } = await readAll(stub, {});
    expect(entities.map((entity) => entity.id)).toEqual([
      'stub-container-42',
      'large-42-0',
      'small-42-1',
      'medium-42-2',
      'small-42-3',
      'large-file-42-4',
      'medium-42-5',
      'medium-42-6',
      'small-42-7',
      'medium-42-8',
    ]);
    expect(entities[0]).toMatchObject({
      name: 'Stub Container (seed=42)',
      text: 'Test container with 10 entities',
      url: 'stub://container/stub-container-42',
      createdAt: new Date('2024-01-01T00:00:00Z'),
    });
    expect(entities[5]).toMatchObject({ name: 'large_file_42_4.txt', url: 'stub://file/large/large_file_42_4.txt' });
    expect(entities[5]?.fields.web_url).toBe('stub://file/large/large-file-42-4');
  });

  it('keeps an item as it is when there are more of them', async () => {
    const [few, many] = [await readAll(stub, { entity_count: 5 }), await readAll(stub, { entity_count: 30 })];
    expect(many.entities.slice(1, 5).map((entity) => entity.fields)).toEqual(
      few.entities.slice(1).map((e) => e.fields),
    );
  });

  it('puts the prefix and control tokens into every content but code', async () => {
    const { entities } = await readAll(stub, {
      entity_count: 60,
      custom_content_prefix: 'MARK-17',
      inject_special_tokens: true,
    });
    for (const entity of entities.slice(1)) {
      const stream = await entity.file?.open(new AbortController().signal);
      const content = stream === undefined ? (entity.text ?? '') : String(Buffer.concat(await collect(stream)));
      const isCode = entity.type === 'CodeStubFileEntity';
      expect(content.includes('MARK-17'), entity.id).toBe(!isCode);
      expect(/<\||\[CLS\]|\[SEP\]|<\/s>/.test(content), entity.id).toBe(!isCode);
    }
  });

  it.each([
    [0, 1],
    [1, 1],
    [3, 3],
  ])('with fail_after %d fails after %d items, which were handed over', async (fail_after, items) => {
    const { ids, error } = await failureOf(stub, { fail_after });
    expect(ids).toHaveLength(items + 1);
    expect(error).toMatchObject({
      kind: 'source',
      message: `Stub source simulated failure after ${items} entities (fail_after=${fail_after})`,
    });
  });

  it('takes digits as numbers and a blank weight as none', () => {
    const parsed = stub.config.parse({ entity_count: '7', small_entity_weight: '', large_entity_weight: '20' });
    expect(parsed).toMatchObject({ entity_count: 7, small_entity_weight: 0, large_entity_weight: 20, seed: 42 });
  });

  it.each([
    ['entity_count', 0],
    ['entity_count', 100_001],
    ['entity_count', 1.5],
    ['entity_count', 'many'],
    ['small_entity_weight', 101],
    ['generation_delay_ms', -1],
    ['fail_after', -2],
  ])('refuses %s %j', (field, value) => {
    const parsed = stub.config.safeParse({ [field]: value });
    expect(parsed.error?.issues[0]?.path).toEqual([field]);
  });
});

describe('the timed source', () => {
  it('gives a container and its items over its duration', async () => {
    const startedAt = Date.now();
    const { entities } = await readAll(timed, { entity_count: 20, duration_seconds: 0.6 });
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(500);
    expect(entities).toHaveLength(21);
    expect(new Set(entities.map((entity) => entity.type)).size).toBe(2);
    expect(entities[3]).toMatchObject({ id: 'timed-42-2', createdAt: new Date('2024-01-01T00:00:02Z') });
  });

  it('stops in the middle of a pause', async () => {
    const stop = new AbortController();
    const run = readAll(timed, { entity_count: 2, duration_seconds: 600 }, { signal: stop.signal });
    setTimeout(() => stop.abort(new Error('cancelled')), 50);
    await expect(run).rejects.toThrow('cancelled');
  });
});

describe('the incremental stub', () => {
  it('gives only the container and what was added since the last run', async () => {
    const first = await readAll(incrementalStub, { entity_count: 5 });
    expect(first.entities).toHaveLength(6);
    expect(first.checkpoint).toEqual({ last_entity_index: 4, entity_count: 5 });
    const second = await readAll(incrementalStub, { entity_count: 10 }, { checkpoint: first.checkpoint });
    expect(second.entities.map((entity) => entity.id)).toEqual([
      'inc-stub-container-42',
      ...[5, 6, 7, 8, 9].map((index) => `inc-stub-42-${index}`),
    ]);
    const third = await readAll(incrementalStub, { entity_count: 10 }, { checkpoint: second.checkpoint });
    expect(third.entities.map((entity) => entity.id)).toEqual(['inc-stub-container-42']);
    expect(third.entities[0]?.fields).toEqual(second.entities[0]?.fields);
  });

  it('takes an empty cursor as the beginning', async () => {
    expect((await readAll(incrementalStub, { entity_count: 2 }, { checkpoint: {} })).entities).toHaveLength(3);
  });
});

describe('the exception stub', () => {
  it.each([
    [0, 1],
    [5, 6],
    [-1, 10],
    [9, 10],
  ])('with trigger_after %d gives %d entities and fails', async (trigger_after, count) => {
    const { ids, error } = await failureOf(exceptionStub, { trigger_after });
    expect(ids).toHaveLength(count);
    expect(String(error)).toContain(`[ExceptionStub] runtime_error triggered after ${count - 1} entities`);
  });

  it('never fails when there are fewer items', async () => {
    expect(await failureOf(exceptionStub, { trigger_after: 10 })).toMatchObject({ error: undefined });
  });

  it('says its own message, also while the connection is checked', async () => {
    const config = exceptionStub.config.parse({ fail_on_validate: true, error_message: 'the moon is full' });
    const context = { config, credentials: {}, policy: { forbiddenRoots: [] }, signal: new AbortController().signal };
    await expect(exceptionStub.validate(context)).rejects.toThrow('the moon is full');
  });

  it.each(exceptionTypes)('fails as %s', async (exception_type) => {
    const { error } = await failureOf(exceptionStub, {
      exception_type,
      trigger_after: 0,
      auth_provider_kind: 'static',
    });
    expect(error).toMatchObject({ name: 'SourceError', message: expect.stringContaining('ExceptionStub') });
  });

  it.each([
    ['oauth', 'oauth_credentials_expired'],
    ['static', 'api_key_invalid'],
    ['credential', 'api_key_invalid'],
    ['auth_provider', 'auth_provider_credentials_invalid'],
  ])('blames credentials of the kind %s as %s', async (auth_provider_kind, errorCategory) => {
    const { error } = await failureOf(exceptionStub, { exception_type: 'source_auth_error', auth_provider_kind });
    expect(error).toMatchObject({ kind: 'credentials', errorCategory });
  });
});
