import type { Deletion, ItemFailure } from '../connector.ts';
import type { Breadcrumb, SourceEntity } from '../entity.ts';
import type { Json, JsonObject } from '../json.ts';
import { SourceError } from '../source-error.ts';
import { inheritedBreadcrumbs, pathUnder } from './entity-class.ts';
import type { ChildStream, ChildWords, Given, ListWords } from './http-stream.ts';
import { mapInOrder } from './map-in-order.ts';

/** What a list gives at a time. */
export interface ListPage {
  readonly entities: readonly SourceEntity[];
  readonly failures: readonly ItemFailure[];
  readonly deletions: readonly Deletion[];
  /** Items as the source gave them, for who follows their times. */
  readonly items: readonly unknown[];
  /** Where to go on behind this page; null behind the last. */
  readonly next: Position | null;
}

/** A place in a tree of lists, as plain data. */
export interface Position {
  /** The page's token; absent for the first page. */
  readonly page?: Json;
  /** The item of it from which on nothing was given yet. */
  readonly from: number;
  /** The items from `from` on were given themselves, and this is how far their children are. */
  readonly child?: { readonly item: number; readonly list: number; readonly at: Position };
}

export const beginning: Position = { from: 0 };

/** Entities that are committed together, and asked about together. */
const sliceSize = 100;
/** Items whose details are asked for at once; the pace of the source is kept beneath. */
const itemsAtOnce = 4;

interface Setting<G> {
  readonly given: G & Given<unknown, unknown>;
  readonly breadcrumbs: readonly Breadcrumb[];
}

/**
 * Reads a list and the lists under its items, depth first, in the source's order.
 *
 *   page ─ slice of 100 items ─▶ their entities ─▶ for each item: its child lists ─▶ next slice
 *
 * A position says all that is needed to go on behind any page in another process: the token of each page on the way down,
 * and the item it stands at. Pages on the way are asked for again, their entities are not given again.
 */
export async function* readList<G>(
  words: ListWords<G, unknown>,
  setting: Setting<G>,
  start: Position = beginning,
): AsyncGenerator<ListPage> {
  const { given } = setting;
  const children = words.children?.((child) => ({ words: child as ChildWords<G, unknown, unknown> })) ?? [];
  let position: Position | null = start;
  while (position !== null) {
    const at: Position = position;
    given.signal.throwIfAborted();
    const { items, next } = await given.api.page(words.list(given), words.pages, at.page);
    const nextPage: Position | null = next === undefined ? null : { page: next, from: 0 };
    let resumed = at.child;
    for (let from = at.from; from < items.length; from += sliceSize) {
      given.signal.throwIfAborted();
      const slice = items.slice(from, from + sliceSize);
      const end: Position | null = from + sliceSize < items.length ? { ...here(at), from: from + sliceSize } : nextPage;
      const read = await mapInOrder(slice, itemsAtOnce, (item, index) => readItem(words, setting, item, from + index));
      const lastParent = children.length === 0 ? -1 : read.findLastIndex((item) => item.parentEntity !== undefined);
      if (resumed === undefined) {
        yield {
          entities: read.flatMap(({ entities }) => entities),
          failures: read.flatMap(({ failure }) => failure ?? []),
          deletions: read.flatMap(({ deletion }) => deletion ?? []),
          items: slice,
          next: lastParent === -1 ? end : { ...here(at), from, child: { item: 0, list: 0, at: beginning } },
        };
      }
      for (const [item, { parent, parentEntity }] of read.entries()) {
        if (parentEntity === undefined || item < (resumed?.item ?? 0)) continue;
        for (const [list, child] of children.entries()) {
          if (resumed?.item === item && list < resumed.list) continue;
          const begin: Position = resumed?.item === item && resumed.list === list ? resumed.at : beginning;
          resumed = undefined;
          const after = afterChild({ item, list }, { item: lastParent, list: children.length - 1 });
          for await (const page of readChild(child, { ...setting, parent, parentEntity }, begin)) {
            const inside = page.next === null ? after : { item, list, at: page.next };
            yield { ...page, items: [], next: inside === null ? end : { ...here(at), from, child: inside } };
          }
        }
      }
      resumed = undefined;
    }
    position = nextPage;
  }
}

function here({ page }: Position): { readonly page?: Json } {
  return page === undefined ? {} : { page };
}

type ChildPosition = NonNullable<Position['child']>;
type Place = Pick<ChildPosition, 'item' | 'list'>;

function afterChild({ item, list }: Place, last: Place): ChildPosition | null {
  if (list < last.list) return { item, list: list + 1, at: beginning };
  return item < last.item ? { item: item + 1, list: 0, at: beginning } : null;
}

async function* readChild<G>(
  { words }: ChildStream<G, unknown>,
  setting: Setting<G> & { readonly parent: unknown; readonly parentEntity: SourceEntity },
  begin: Position,
): AsyncGenerator<ListPage> {
  const { parent, parentEntity } = setting;
  if (words.when?.(parent) === false) return;
  const given = { ...setting.given, parent, parentEntity };
  try {
    yield* readList(words, { given, breadcrumbs: pathUnder(parentEntity) }, begin);
  } catch (error) {
    if (!(error instanceof SourceError) || error.kind !== 'entity') throw error;
    // Gone since its parent was listed, or never there for this one.
    if (error.status === 404 || error.status === 410 || words.whenForbidden === 'skip') return;
    throw new SourceError('configuration', `${error.message} Give them the permission, so that the sync can go on.`, {
      cause: error,
    });
  }
}

interface ReadItem {
  readonly entities: readonly SourceEntity[];
  readonly failure?: ItemFailure;
  readonly deletion?: Deletion;
  readonly parent?: unknown;
  readonly parentEntity?: SourceEntity;
}

async function readItem<G>(
  words: ListWords<G, unknown>,
  setting: Setting<G>,
  raw: unknown,
  index: number,
): Promise<ReadItem> {
  const parsed = words.schema.safeParse(raw);
  if (!parsed.success) {
    const places = parsed.error.issues.slice(0, 3).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    return {
      entities: [],
      failure: failureOf(
        raw,
        index,
        words.entity.type.name,
        `The source gave it in an unexpected form (${places.join('; ')}).`,
      ),
    };
  }
  const goneId = words.goneId?.(parsed.data);
  if (goneId !== undefined) return { entities: [], deletion: { id: goneId, type: words.entity.type.name } };
  try {
    const made = (await words.toEntity(parsed.data, setting.given)) ?? [];
    const entities = (Array.isArray(made) ? (made as readonly SourceEntity[]) : [made as SourceEntity]).map((entity) =>
      entity.breadcrumbs === inheritedBreadcrumbs ? { ...entity, breadcrumbs: setting.breadcrumbs } : entity,
    );
    const [parentEntity] = entities;
    return parentEntity === undefined ? { entities } : { entities, parent: parsed.data, parentEntity };
  } catch (error) {
    // Another kind of error is not this item's.
    if (!(error instanceof SourceError) || error.kind !== 'entity') throw error;
    return { entities: [], failure: failureOf(raw, index, words.entity.type.name, error.message) };
  }
}

function failureOf(raw: unknown, index: number, type: string, reason: string): ItemFailure {
  const { id, name, title } = (typeof raw === 'object' && raw !== null ? raw : {}) as JsonObject;
  const known = typeof id === 'string' || typeof id === 'number' ? String(id) : `(item ${index} of a page)`;
  const called = [name, title].find((text) => typeof text === 'string' && text !== '');
  return { id: known, type, name: typeof called === 'string' ? called : known, reason };
}
