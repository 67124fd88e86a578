import { describe, expect, it } from 'vitest';
import { get, graphql, post } from './call.ts';
import {
  connectionPages,
  cursorPages,
  lastIdPages,
  nextUrlPages,
  numberedPages,
  offsetPages,
  type Paging,
  singleItem,
  singlePage,
} from './paging.ts';

const next = (paging: Paging, body: unknown, token?: string | number, headers: Record<string, string> = {}) =>
  paging.nextOf({ body, headers }, { items: paging.itemsOf({ body, headers }), token });

describe('paging', () => {
  it('by a cursor in the answer goes into query or body, and ends without one or when the source says so', () => {
    const paging = cursorPages({ items: 'data', next: 'meta.cursor', param: 'after', more: 'more' });
    expect(next(paging, { data: [], meta: { cursor: 'x' }, more: true })).toBe('x');
    expect(next(paging, { data: [], meta: { cursor: 'x' }, more: false })).toBeUndefined();
    expect(next(paging, { data: [], meta: { cursor: null }, more: true })).toBeUndefined();
    expect(paging.callFor(get('/x'), 'x').query).toEqual({ after: 'x' });
    const inBody = cursorPages({ items: '', next: 'c', param: 'start', in: 'body' });
    expect(inBody.callFor(post('/x', { body: { a: 1 } }), 'x').body).toEqual({ a: 1, start: 'x' });
  });

  it('by the last id', () => {
    const paging = lastIdPages({ items: 'data', id: 'id', param: 'starting_after', more: 'has_more' });
    expect(next(paging, { data: [{ id: 'a' }, { id: 'b' }], has_more: true })).toBe('b');
    expect(next(paging, { data: [{ id: 'a' }], has_more: false })).toBeUndefined();
  });

  it('by an address in the answer or in its Link header', () => {
    expect(next(nextUrlPages({ items: 'a', next: 'links.next' }), { a: [], links: { next: 'https://x/2' } })).toBe(
      'https://x/2',
    );
    const link = '<https://x/1>; rel="prev", <https://x/3>; rel="next", <https://x/9>; rel="last"';
    expect(next(nextUrlPages({ items: '' }), [], undefined, { link })).toBe('https://x/3');
    expect(next(nextUrlPages({ items: '' }), [], undefined, { link: '<https://x/1>; rel="prev"' })).toBeUndefined();
    expect(nextUrlPages({ items: '' }).callFor(get('/x', { query: { a: 1 } }), 'https://x/2')).toMatchObject({
      path: 'https://x/2',
      query: {},
    });
  });

  it('by number and by offset', () => {
    const numbered = numberedPages({ items: '', param: 'page', size: 2 });
    expect([next(numbered, [1, 2]), next(numbered, [1, 2], 2), next(numbered, [1])]).toEqual([2, 3, undefined]);
    expect(numbered.callFor(get('/x'), undefined).query).toEqual({ page: 1 });
    const offset = offsetPages({ items: 'v', param: 'skip', size: 2, total: 'total' });
    expect([
      next(offset, { v: [1, 2], total: 5 }),
      next(offset, { v: [1], total: 5 }, 3),
      next(offset, { v: [1], total: 5 }, 4),
    ]).toEqual([2, 4, undefined]);
  });

  it('of a GraphQL connection', () => {
    const paging = connectionPages('issues');
    const page = (hasNextPage: boolean) => ({
      data: { issues: { nodes: [1], pageInfo: { hasNextPage, endCursor: 'e' } } },
    });
    expect([next(paging, page(true)), next(paging, page(false))]).toEqual(['e', undefined]);
    expect(paging.callFor(graphql('query', { first: 1 }), 'e').body).toEqual({
      query: 'query',
      variables: { first: 1, after: 'e' },
    });
  });

  it('knows what is one page, and what is none', () => {
    expect(singlePage({ items: 'a.b' }).itemsOf({ body: { a: { b: [1] } }, headers: {} })).toEqual([1]);
    expect(singleItem().itemsOf({ body: { id: 1 }, headers: {} })).toEqual([{ id: 1 }]);
    for (const body of [{}, null, { a: 'text' }, { a: { length: 3 } }]) {
      expect(() => singlePage({ items: 'a' }).itemsOf({ body, headers: {} })).toThrow(TypeError);
    }
  });
});
