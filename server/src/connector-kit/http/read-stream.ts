import { z } from 'zod';
import type { Deletion, Page } from '../connector.ts';
import type { SourceEntity } from '../entity.ts';
import type { Json, JsonObject } from '../json.ts';
import { SourceError } from '../source-error.ts';
import type { ChangesWords, Given, SinceWords, StreamWords } from './http-stream.ts';
import { mapInOrder } from './map-in-order.ts';
import { cursorPages, pick } from './paging.ts';
import { beginning, type ListPage, type Position, readList } from './read-list.ts';

/** Where a stream stands, as it is stored. */
interface State {
  /** Where the list goes on; absent: from its beginning; null: it was read to its end. */
  readonly at?: Position | null;
  /** The time up to which earlier runs have read. */
  readonly since?: string | number;
  /** The newest time that this run has met. */
  readonly newest?: string | number;
  /** The source's token for changes since the list was begun, or since the last run. */
  readonly token?: string;
}

const jsonSchema: z.ZodType<Json> = z.json();
const positionSchema: z.ZodType<Position> = z.lazy(() =>
  z
    .object({
      page: jsonSchema.optional(),
      from: z.int().min(0),
      child: z.object({ item: z.int().min(0), list: z.int().min(0), at: positionSchema }).optional(),
    })
    .transform(withoutUndefined),
) as unknown as z.ZodType<Position>;
const time = z.union([z.string(), z.number()]);
const stateSchema = z.object({
  at: positionSchema.nullish(),
  since: time.optional(),
  newest: time.optional(),
  token: z.string().optional(),
});

/** Changes that are asked about at once. */
const changesAtOnce = 4;
const sliceSize = 100;

interface Setting<G> {
  readonly words: StreamWords<G, unknown, unknown>;
  readonly given: G & Given<unknown, unknown>;
  readonly checkpoint: Json | undefined;
}

/** The pages of a declared stream, from a checkpoint of its own or from the beginning. */
export async function* readStream<G>(setting: Setting<G>): AsyncGenerator<Page> {
  const { words, given } = setting;
  given.signal.throwIfAborted();
  const state: State = setting.checkpoint === undefined ? {} : toState(setting.checkpoint);
  if (words.changes !== undefined) {
    if (state.token !== undefined && state.at === undefined) yield* readChanges(setting, words.changes, state.token);
    else yield* readAndKeepToken(setting, words.changes, state);
    return;
  }
  yield* words.since === undefined ? readAll(setting, state) : readSince(setting, words.since, state);
}

/** @throws SourceError('source') for what no run of this version wrote */
function toState(checkpoint: Json): State {
  const parsed = stateSchema.safeParse(checkpoint);
  if (parsed.success) return withoutUndefined(parsed.data) as State;
  throw new SourceError('source', 'The stored position cannot be read. Start a full sync.');
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as T;
}

async function* readAll<G>(setting: Setting<G>, state: State): AsyncGenerator<Page> {
  if (state.at === null) return;
  for await (const page of readFrom(setting, state)) {
    if (countOf(page) > 0) yield toPage(page, { at: page.next });
  }
}

/**
 * The list, gone over again from its beginning when the source no longer knows the stored page. Entities given twice are the
 * same entities.
 */
async function* readFrom<G>({ words, given }: Setting<G>, state: State) {
  const read = (start: Position) => readList(words, { given, breadcrumbs: [] }, start);
  const start = state.at ?? beginning;
  let isFirst = true;
  try {
    for await (const page of read(start)) {
      isFirst = false;
      yield page;
    }
  } catch (error) {
    const isOurs = isFirst && state.at?.page !== undefined && error instanceof SourceError && isRefusedPage(error);
    if (!isOurs) throw toRunError(error);
    yield* read(beginning);
  }
}

/** The list itself is out of sight: that is the connection's matter, not one item's. */
function toRunError(error: unknown): unknown {
  if (!(error instanceof SourceError) || error.kind !== 'entity') return error;
  return new SourceError(
    'configuration',
    `${error.message} Check the configuration and what the credentials may read.`,
    {
      cause: error,
      ...(error.status === undefined ? {} : { status: error.status }),
    },
  );
}

function isRefusedPage({ kind, status }: SourceError): boolean {
  return (kind === 'source' || kind === 'entity') && [400, 404, 410, 422].includes(status ?? 0);
}

async function* readSince<G>(setting: Setting<G>, since: SinceWords<unknown>, state: State): AsyncGenerator<Page> {
  const { words } = setting;
  const from = state.since;
  const list: typeof words.list = (given) => {
    const call = words.list(given);
    return from === undefined || since.call === undefined ? call : since.call(call, from);
  };
  let newest = state.newest ?? from;
  let isFinal = false;
  let wasGiven = false;
  let isBehind = false;
  for await (const page of readFrom({ ...setting, words: { ...words, list } }, state)) {
    // The rest of the list is older: all that was still to be read were the children of its last slice.
    if (isBehind && page.items.length > 0) break;
    const times = page.items.map((raw) => timeOf(raw, words, since)).filter((one) => one !== undefined);
    for (const one of times) if (newest === undefined || one > newest) newest = one;
    isBehind ||= since.isNewestFirst === true && from !== undefined && times.some((one) => one < from);
    const isLast = page.next === null || (isBehind && page.next.child === undefined);
    const checkpoint: State = isLast
      ? { ...(newest === undefined ? {} : { since: newest }) }
      : {
          ...(from === undefined ? {} : { since: from }),
          ...(newest === undefined ? {} : { newest }),
          ...(page.next === null ? {} : { at: page.next }),
        };
    const isEmpty = countOf(page) === 0;
    isFinal = isLast && !isEmpty;
    wasGiven ||= !isEmpty;
    if (!isEmpty) yield toPage(page, checkpoint);
    if (isBehind && isLast) break;
  }
  // Nothing came behind the last page: without this the next run would begin in the middle.
  if (!isFinal && newest !== undefined && (wasGiven || newest !== from))
    yield { entities: [], checkpoint: { since: newest } };
}

function timeOf<G>(raw: unknown, words: StreamWords<G, unknown, unknown>, since: SinceWords<unknown>) {
  const parsed = words.schema.safeParse(raw);
  return parsed.success ? (since.of(parsed.data) ?? undefined) : undefined;
}

/** Everything, with the token from before as the checkpoint: what changes while it is read is a change of the next run. */
async function* readAndKeepToken<G>(
  setting: Setting<G>,
  changes: ChangesWords<G, unknown>,
  state: State,
): AsyncGenerator<Page> {
  const token = state.token ?? (await changes.start(setting.given));
  let isSaved = false;
  for await (const page of readFrom(setting, state)) {
    if (countOf(page) === 0) continue;
    isSaved = page.next === null;
    yield toPage(page, page.next === null ? { token } : { token, at: page.next });
  }
  if (!isSaved) yield { entities: [], checkpoint: { token } };
}

async function* readChanges<G>(
  setting: Setting<G>,
  changes: ChangesWords<G, unknown>,
  first: string,
): AsyncGenerator<Page> {
  const { given } = setting;
  const paging = cursorPages({ items: changes.items, next: changes.next, param: '' });
  let token: string | undefined = first;
  while (token !== undefined) {
    given.signal.throwIfAborted();
    const asked: string = token;
    const page = await askForChanges(setting, changes, asked, paging);
    // Changes older than the source remembers: only reading everything finds them.
    if (page === 'forgotten') return yield* readAndKeepToken(setting, changes, {});
    const next = pick(page.body, changes.next);
    const resume = pick(page.body, changes.resume);
    const goOn = [next, resume].find((one) => typeof one === 'string' && one !== '');
    if (typeof goOn !== 'string') throw new SourceError('source', 'The source gave no token to go on with.');
    token = typeof next === 'string' && next !== '' ? next : undefined;
    for (let from = 0; from < page.items.length; from += sliceSize) {
      const slice = page.items.slice(from, from + sliceSize);
      const isLast = from + sliceSize >= page.items.length;
      const read = await mapInOrder(slice, changesAtOnce, async (raw) => {
        const parsed = changes.schema.safeParse(raw);
        return parsed.success ? changes.toChange(parsed.data, given) : undefined;
      });
      const entities = read.flatMap((change): readonly SourceEntity[] =>
        change && 'entity' in change ? [change.entity] : [],
      );
      const deletions = read.flatMap((change): readonly Deletion[] =>
        change && 'deletions' in change ? change.deletions : [],
      );
      if (entities.length + deletions.length > 0 || isLast) {
        yield { entities, deletions, checkpoint: { token: isLast ? goOn : asked } };
      }
    }
    if (page.items.length === 0 && goOn !== first) yield { entities: [], checkpoint: { token: goOn } };
  }
}

async function askForChanges<G>(
  { given }: Setting<G>,
  changes: ChangesWords<G, unknown>,
  token: string,
  paging: ReturnType<typeof cursorPages>,
) {
  try {
    return await given.api.page(
      changes.call(token, given),
      { ...paging, callFor: (call) => call, nextOf: () => undefined },
      undefined,
    );
  } catch (error) {
    if (error instanceof SourceError && error.status === 410) return 'forgotten' as const;
    throw toRunError(error);
  }
}

function countOf({ entities, failures, deletions }: ListPage): number {
  return entities.length + failures.length + deletions.length;
}

function toPage({ entities, failures, deletions }: ListPage, state: State): Page {
  return {
    ...{ entities, failures, deletions },
    // Plain data, with what is absent left out.
    checkpoint: state as unknown as JsonObject,
  };
}
