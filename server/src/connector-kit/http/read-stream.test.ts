import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { collect } from '../collect.fixture.ts';
import type { Json, Page } from '../index.ts';
import { SourceError } from '../source-error.ts';
import {
  cursorPages,
  defineHttpConnector,
  entityClass,
  type Given,
  get,
  type HttpStream,
  type SourceHttp,
  type SourceRequest,
  type StreamWord,
  tokenCredentials,
  withQuery,
} from './index.ts';

const thing = entityClass('ThingEntity', 'A thing', { name: 'string', note: 'string?' }, ['name', 'note']);
const Thing = z.object({ id: z.string(), name: z.string(), at: z.string().optional(), isGone: z.boolean().optional() });
const pages = cursorPages({ items: 'items', next: 'next', param: 'cursor' });
const toEntity = ({ id, name }: z.output<typeof Thing>) => thing.of({ id, name, fields: { name } });

type Answer = { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly json: unknown };
type G = Given<Record<string, never>, { access_token: string }>;

/** A source whose answers the test makes up. */
function source(
  streams: (stream: StreamWord<G>) => Record<string, HttpStream<G>>,
  answer: (url: URL, request: SourceRequest) => Answer,
) {
  const requests: SourceRequest[] = [];
  const http: SourceHttp = {
    async send(request) {
      requests.push(request);
      const { status = 200, headers = {}, json } = answer(new URL(request.url), request);
      return { status, headers, body: Buffer.from(typeof json === 'string' ? json : JSON.stringify(json)) };
    },
    open: () => Promise.reject(new Error('No files here.')),
  };
  const connector = defineHttpConnector({
    ...{
      shortName: 'made_up',
      displayName: 'Made up',
      description: 'For a test',
      className: 'MadeUpSource',
      labels: [],
    },
    authMethods: ['direct'],
    config: z.object({}),
    credentials: tokenCredentials,
    http: {
      baseUrl: 'https://api.example/v1',
      pace: { requests: 1, perSeconds: 1 },
      token: ({ access_token }) => access_token,
    },
    entities: [thing],
    check: () => get('/me'),
    streams: streams as never,
  });
  const context = {
    config: {},
    credentials: { access_token: 't' },
    policy: { forbiddenRoots: [] },
    http,
    signal: new AbortController().signal,
  };
  return {
    requests,
    read: async (checkpoint?: Json): Promise<readonly Page[]> => {
      const stream = Object.values(connector.streams)[0];
      if (stream === undefined) throw new Error('There is no stream.');
      return collect(stream.read({ ...context, ...(checkpoint === undefined ? {} : { checkpoint }) }));
    },
  };
}
const idsOf = (read: readonly Page[]) => read.flatMap(({ entities }) => entities.map(({ id }) => id));
const item = <More extends object>(id: string, more: More = {} as More) => ({ id, name: `Thing ${id}`, ...more });

describe('a stream with lists under its items', () => {
  const below: Readonly<Record<string, readonly string[]>> = { a: ['a1', 'a2', 'a3'], b: [], c: ['c1'] };
  const tree = () =>
    source(
      (stream) => ({
        parents: stream.list({
          ...{ entity: thing, pages, schema: Thing, toEntity, list: () => get('/parents') },
          children: (child) => [
            child({
              ...{ entity: thing, pages, schema: Thing, toEntity },
              list: ({ parent }) => get('/parents/{id}/children', { at: { id: parent.id } }),
            }),
          ],
        }),
      }),
      ({ pathname, searchParams }) => {
        const cursor = searchParams.get('cursor');
        if (pathname === '/v1/parents') {
          return { json: cursor === null ? { items: [item('a'), item('b')], next: 'p2' } : { items: [item('c')] } };
        }
        const ids = below[pathname.split('/')[3] ?? ''] ?? [];
        const begin = Number(cursor ?? 0);
        return {
          json: {
            items: ids.slice(begin, begin + 2).map((id) => item(id)),
            next: begin + 2 < ids.length ? String(begin + 2) : null,
          },
        };
      },
    );

  it('reads depth first and puts the parent into the path', async () => {
    const read = await tree().read();
    expect(idsOf(read)).toEqual(['a', 'b', 'a1', 'a2', 'a3', 'c', 'c1']);
    expect(read[1]?.entities[0]?.breadcrumbs).toEqual([{ entityId: 'a', name: 'Thing a', entityType: 'ThingEntity' }]);
  });

  it('goes on behind each of its pages', async () => {
    const all = await tree().read();
    for (const [index, { checkpoint }] of all.entries()) {
      expect(idsOf(await tree().read(checkpoint)), `behind page ${index}`).toEqual(idsOf(all.slice(index + 1)));
    }
  });
});

describe('lists', () => {
  const plain = (answer: Parameters<typeof source>[1], more: object = {}) =>
    source(
      (stream) => ({
        things: stream.list({ entity: thing, pages, schema: Thing, toEntity, list: () => get('/things'), ...more }),
      }),
      answer,
    );

  it('cuts large pages into slices that can be gone on from', async () => {
    const many = Array.from({ length: 250 }, (_, index) => item(String(index)));
    const { read } = plain(() => ({ json: { items: many } }));
    const all = await read();
    expect(all.map(({ entities }) => entities.length)).toEqual([100, 100, 50]);
    expect(idsOf(await read(all[1]?.checkpoint))).toEqual(many.slice(200).map(({ id }) => id));
  });

  it('records an item that does not fit, or that its own request cannot be read of, and goes on', async () => {
    const { read } = plain(() => ({ json: { items: [item('a'), { id: 'b', name: 7 }, item('c')] } }), {
      toEntity: (one: z.output<typeof Thing>) => {
        if (one.id === 'c') throw new SourceError('entity', 'Nobody may see it.');
        return toEntity(one);
      },
    });
    const [page] = await read();
    expect(idsOf(page === undefined ? [] : [page])).toEqual(['a']);
    expect(page?.failures).toMatchObject([
      { id: 'b', type: 'ThingEntity' },
      { id: 'c', name: 'Thing c', reason: 'Nobody may see it.' },
    ]);
  });

  it('begins again when the source no longer knows the page it stopped at', async () => {
    const { read } = plain(({ searchParams }) =>
      searchParams.get('cursor') === null ? { json: { items: [item('a')] } } : { status: 400, json: {} },
    );
    expect(idsOf(await read({ at: { page: 'expired', from: 0 } }))).toEqual(['a']);
  });

  it('does not follow a next page to another host', async () => {
    const { read, requests } = plain(() => ({ json: { items: [item('a')], next: 'https://evil.example/steal' } }));
    await expect(read()).rejects.toMatchObject({ kind: 'source' });
    expect(requests.map(({ url }) => new URL(url).host)).toEqual(['api.example']);
  });

  it('notices a page that is its own next', async () => {
    const { read } = plain(() => ({ json: { items: [item('a')], next: 'same' } }));
    await expect(read()).rejects.toThrow('the same page again');
  });

  it('fails the run, with what to do, when the list itself is out of sight', async () => {
    const { read } = plain(() => ({ status: 403, json: {} }));
    await expect(read()).rejects.toMatchObject({ kind: 'configuration', status: 403 });
  });

  it('keeps ids that look like paths from climbing', async () => {
    const { read, requests } = plain(() => ({ json: { items: [] } }), {
      list: () => get('/things/{id}/parts', { at: { id: '../../admin?x=1' } }),
    });
    await read();
    expect(requests[0]?.url).toBe('https://api.example/v1/things/..%2F..%2Fadmin%3Fx%3D1/parts');
    expect(requests[0]?.route).toBe('/things/{id}/parts');
  });
});

describe('changes', () => {
  const items = [
    item('a', { at: '2026-01-01' }),
    item('b', { at: '2026-01-02' }),
    item('c', { at: '2026-01-03', isGone: true }),
  ];
  const timed = (more: object = {}) =>
    source(
      (stream) => ({
        things: stream.list({
          ...{ entity: thing, pages, toEntity, list: () => get('/things') },
          schema: Thing,
          goneId: ({ id, isGone }) => (isGone === true ? id : undefined),
          since: {
            of: ({ at }: z.output<typeof Thing>) => at,
            call: (call, since) => withQuery(call, { since }),
            ...more,
          },
        }),
      }),
      ({ searchParams }) => {
        const found = items.filter(({ at }) => at >= (searchParams.get('since') ?? ''));
        return {
          json:
            searchParams.get('cursor') === null
              ? { items: found.slice(0, 2), next: 'last' }
              : { items: found.slice(2) },
        };
      },
    );

  it('are asked for since the newest time of the run before, and say what is gone', async () => {
    const first = await timed().read();
    expect(idsOf(first)).toEqual(['a', 'b']);
    expect(first.at(-1)).toMatchObject({
      deletions: [{ id: 'c', type: 'ThingEntity' }],
      checkpoint: { since: '2026-01-03' },
    });
    const { read, requests } = timed();
    const second = await read(first.at(-1)?.checkpoint);
    expect(requests[0]?.url).toContain('since=2026-01-03');
    expect(second.flatMap(({ deletions = [] }) => deletions)).toHaveLength(1);
  });

  it('keep the time of the run before until this one is through', async () => {
    const [page] = await timed().read({ since: '2026-01-01' });
    expect(page?.checkpoint).toMatchObject({ since: '2026-01-01', newest: '2026-01-02' });
  });

  it('save the new time when the last page is empty', async () => {
    const read = await timed().read({ since: '2026-01-02' });
    expect(read.at(-1)?.checkpoint).toEqual({ since: '2026-01-03' });
  });

  it('stop at what is older, where the source can only sort', async () => {
    const { read, requests } = source(
      (stream) => ({
        things: stream.list({
          ...{ entity: thing, pages, toEntity, list: () => get('/things') },
          schema: Thing,
          since: { of: ({ at }: z.output<typeof Thing>) => at, isNewestFirst: true },
        }),
      }),
      () => ({
        json: {
          items: [item('z', { at: '2026-02-02' }), item('y', { at: '2026-01-01' })],
          next: String(requests.length),
        },
      }),
    );
    const pagesRead = await read({ since: '2026-01-15' });
    expect(requests).toHaveLength(1);
    expect(pagesRead.at(-1)?.checkpoint).toEqual({ since: '2026-02-02' });
  });

  it('refuse a stored position that nobody wrote', async () => {
    await expect(timed().read({ at: 'nonsense' })).rejects.toMatchObject({ kind: 'source' });
  });
});
