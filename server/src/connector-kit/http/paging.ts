import type { Json, JsonObject } from '../json.ts';
import { type Call, withBody, withQuery } from './call.ts';

/** An answer whose body was JSON. */
export interface ReadAnswer {
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** How a source's lists go on from page to page. A token is what finds a page again, also in another process. */
export interface Paging {
  /** The call for a page; without a token the first. */
  callFor(call: Call, token: Json | undefined): Call;
  /** @returns the token of the next page; undefined after the last */
  nextOf(
    answer: ReadAnswer,
    page: { readonly items: readonly unknown[]; readonly token: Json | undefined },
  ): Json | undefined;
  /** @throws TypeError when the answer is no page of this kind */
  itemsOf(answer: ReadAnswer): readonly unknown[];
}

/** `'data.items'` in an answer; `''` is the answer itself. */
export function pick(value: unknown, path: string): unknown {
  if (path === '') return value;
  return path.split('.').reduce((inner: unknown, name) => {
    return typeof inner === 'object' && inner !== null && Object.hasOwn(inner, name)
      ? Reflect.get(inner, name)
      : undefined;
  }, value);
}

function listAt(body: unknown, path: string): readonly unknown[] {
  const items = pick(body, path);
  if (Array.isArray(items)) return items;
  throw new TypeError(`The answer has no list at "${path}".`);
}

function textAt(body: unknown, path: string): string | undefined {
  const value = pick(body, path);
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

interface Items {
  /** Where the items are in the answer, as `'data.items'`; `''` when the answer is the list. */
  readonly items: string;
}

/** All there is comes in one answer. */
export function singlePage({ items }: Items): Paging {
  return { callFor: (call) => call, nextOf: () => undefined, itemsOf: ({ body }) => listAt(body, items) };
}

/** One object, not a list. */
export function singleItem(path = ''): Paging {
  return { callFor: (call) => call, nextOf: () => undefined, itemsOf: ({ body }) => [pick(body, path)] };
}

/**
 * The answer holds the next page's cursor, to be sent as `param`.
 *
 * @param in   where `param` goes; default the query
 * @param more where the answer says whether there is more, for sources that give a cursor with the last page too
 */
export function cursorPages(
  words: Items & {
    readonly next: string;
    readonly param: string;
    readonly in?: 'query' | 'body';
    readonly more?: string;
  },
): Paging {
  return {
    callFor(call, token) {
      if (token === undefined) return call;
      return words.in === 'body'
        ? withBody(call, { [words.param]: token })
        : withQuery(call, { [words.param]: String(token) });
    },
    nextOf: ({ body }) =>
      words.more !== undefined && pick(body, words.more) !== true ? undefined : textAt(body, words.next),
    itemsOf: ({ body }) => listAt(body, words.items),
  };
}

/** The next page begins after the last item of this one, named by its id. */
export function lastIdPages(
  words: Items & { readonly id: string; readonly param: string; readonly more: string },
): Paging {
  return {
    callFor: (call, token) => (token === undefined ? call : withQuery(call, { [words.param]: String(token) })),
    nextOf: ({ body }, { items }) => (pick(body, words.more) === true ? textAt(items.at(-1), words.id) : undefined),
    itemsOf: ({ body }) => listAt(body, words.items),
  };
}

/** The address of the next page is in the answer (`next`), or in its `Link` header as RFC 8288 has it. */
export function nextUrlPages(words: Items & { readonly next?: string; readonly more?: string }): Paging {
  const { items, next, more } = words;
  return {
    callFor: (call, token) => (token === undefined ? call : { ...call, path: String(token), at: {}, query: {} }),
    nextOf({ body, headers }) {
      if (more !== undefined && pick(body, more) !== true) return undefined;
      return next === undefined ? nextInLinkHeader(headers.link) : textAt(body, next);
    },
    itemsOf: ({ body }) => listAt(body, items),
  };
}

function nextInLinkHeader(header: string | undefined): string | undefined {
  const links = header?.match(/<[^>]*>[^<]*/g) ?? [];
  return links.find((link) => /;\s*rel="?next"?/i.test(link))?.match(/<([^>]*)>/)?.[1];
}

/** Pages have numbers; one with fewer items than `size` is the last. */
export function numberedPages(
  words: Items & { readonly param: string; readonly size: number; readonly first?: number },
): Paging {
  const { items, param, size, first = 1 } = words;
  return {
    callFor: (call, token) => withQuery(call, { [param]: token === undefined ? first : Number(token) }),
    nextOf: (_, page) => (page.items.length < size ? undefined : Number(page.token ?? first) + 1),
    itemsOf: ({ body }) => listAt(body, items),
  };
}

/**
 * Pages begin behind so many items. The last has fewer than `size`, unless the source says how many there are (`total`):
 * some give fewer than they were asked for.
 */
export function offsetPages(
  words: Items & { readonly param: string; readonly size: number; readonly total?: string },
): Paging {
  const { items, param, size, total } = words;
  return {
    callFor: (call, token) => withQuery(call, { [param]: Number(token ?? 0) }),
    nextOf({ body }, page) {
      const next = Number(page.token ?? 0) + page.items.length;
      const known = total === undefined ? undefined : pick(body, total);
      if (typeof known === 'number') return page.items.length > 0 && next < known ? next : undefined;
      return page.items.length < size ? undefined : next;
    },
    itemsOf: ({ body }) => listAt(body, items),
  };
}

/** A connection of GraphQL: `nodes` and `pageInfo { hasNextPage endCursor }` at `path`, under `data`; the query takes `$after`. */
export function connectionPages(path: string): Paging {
  return {
    callFor(call, token) {
      const variables = call.body?.variables as JsonObject | undefined;
      return withBody(call, { variables: { ...variables, after: token ?? null } });
    },
    nextOf({ body }) {
      const info = `data.${path}.pageInfo`;
      return pick(body, `${info}.hasNextPage`) === true ? textAt(body, `${info}.endCursor`) : undefined;
    },
    itemsOf: ({ body }) => listAt(body, `data.${path}.nodes`),
  };
}
