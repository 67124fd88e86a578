import type { z } from 'zod';
import type { Deletion, EntityType, Page, ReadContext } from '../connector.ts';
import type { SourceEntity } from '../entity.ts';
import type { Call } from './call.ts';
import type { Paging } from './paging.ts';
import type { SourceApi } from './source-api.ts';

/** What every function of a declaration is given. */
export interface Given<Config, Credentials> {
  readonly config: Config;
  readonly credentials: Credentials;
  readonly api: SourceApi;
  readonly signal: AbortSignal;
}

type Entities = SourceEntity | readonly SourceEntity[] | undefined;

/** A list at the source and what becomes of its items. */
export interface ListWords<G, Item> {
  /** The class of the items, for those that cannot be read. */
  readonly entity: { readonly type: EntityType };
  /** The first page. */
  readonly list: (given: G) => Call;
  readonly pages: Paging;
  /** Only the fields that are used. An item that does not fit is recorded as failed, and the run goes on. */
  readonly schema: z.ZodType<Item>;
  /**
   * One entity or several (the first is the parent of `children`), or undefined for what is left out, its children too. May ask
   * the source for more of the item; the kit does so for several items at once.
   */
  readonly toEntity: (item: Item, given: G) => Entities | Promise<Entities>;
  /** The id of an item's entity when the list says that it is gone (archived, in the bin); it is then deleted. */
  readonly goneId?: (item: Item) => string | undefined;
  /** Lists under each item, read after the item itself. */
  readonly children?: (child: ChildWord<G, Item>) => readonly ChildStream<G, Item>[];
}

/** What a list under an item is given besides. */
export type GivenChild<G, Parent> = G & { readonly parent: Parent; readonly parentEntity: SourceEntity };

export interface ChildWords<G, Parent, Item> extends ListWords<GivenChild<G, Parent>, Item> {
  /** Whether this parent has such a list at all; asking for it is saved where not. */
  readonly when?: (parent: Parent) => boolean;
  /**
   * What it means when the source does not show the list (403): `fail` the run, so that what was read of it before is not taken
   * for deleted, or `skip` it, which does delete it. Default `fail`. A list that is gone (404) is always skipped.
   */
  readonly whenForbidden?: 'fail' | 'skip';
}

/** A child list with its item's type forgotten. */
export interface ChildStream<G, Parent> {
  readonly words: ChildWords<G, Parent, unknown>;
}
export type ChildWord<G, Parent> = <Item>(words: ChildWords<G, Parent, Item>) => ChildStream<G, Parent>;

/** Only what changed since the last run, by a time that the items carry. */
export interface SinceWords<Item> {
  /** The time of an item, comparable as it is: ISO 8601 text in UTC, or a number. */
  readonly of: (item: Item) => string | number | null | undefined;
  /** Asks for items at or after that time; for sources that can only sort, absent. */
  readonly call?: (call: Call, since: string | number) => Call;
  /** The list comes newest first: reading stops at the first item older than the time. */
  readonly isNewestFirst?: boolean;
}

/** Only what changed since the last run, by a token of the source. */
export interface ChangesWords<G, Item> {
  /** The token for "from now on", taken before the list is read for the first time. */
  readonly start: (given: G) => Promise<string>;
  readonly call: (token: string, given: G) => Call;
  /** Where the changes are in an answer, the token of the next page, and, in the last one, that of the next run. */
  readonly items: string;
  readonly next: string;
  readonly resume: string;
  readonly schema: z.ZodType<Item>;
  readonly toChange: (change: Item, given: G) => Change | undefined | Promise<Change | undefined>;
}

export type Change = { readonly entity: SourceEntity } | { readonly deletions: readonly Deletion[] };

export interface StreamWords<G, Item, Changed> extends ListWords<G, Item> {
  readonly since?: SinceWords<Item>;
  readonly changes?: ChangesWords<G, Changed>;
}

/** A stream with its item's types forgotten, as the kit reads it. */
export type HttpStream<G> =
  | { readonly kind: 'list'; readonly words: StreamWords<G, unknown, unknown> }
  | {
      readonly kind: 'read';
      readonly mode: 'full' | 'incremental';
      readonly read: (given: G & Pick<ReadContext, 'checkpoint' | 'wasIndexed'>) => AsyncIterable<Page>;
    };

/** The words for streams, with the declaration's own types in them. */
export interface StreamWord<G> {
  /**
   * A list. Without `since` or `changes` every run reads all of it, and what a run does not see is deleted; with one of them
   * runs read what changed, and a full run once a day finds what nobody said is gone.
   */
  list<Item, Changed = never>(words: StreamWords<G, Item, Changed>): HttpStream<G>;
  /** For what no word fits: pages made by hand. */
  read(
    mode: 'full' | 'incremental',
    read: (given: G & Pick<ReadContext, 'checkpoint' | 'wasIndexed'>) => AsyncIterable<Page>,
  ): HttpStream<G>;
}
