import type { z } from 'zod';
import type { AccessTokens, OAuth } from './auth.ts';
import type { GroupMembership, SourceEntity } from './entity.ts';
import type { Pace, SourceHttp } from './http/source-http.ts';
import type { Json, JsonObject } from './json.ts';

/** One configuration or credential field as `GET /sources` describes it. */
export interface Field {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly type: 'string' | 'number' | 'boolean' | 'array';
  readonly required: boolean;
  readonly itemsType?: string;
  readonly isSecret?: boolean;
  readonly enumValues?: readonly string[];
  /** Offered only to organisations with this feature flag. */
  readonly featureFlag?: string;
}

/** One class of entity a source gives, as `GET /entities/definitions/by-source` describes it. */
export interface EntityType {
  /** Class name, e.g. `FileEntity`. */
  readonly name: string;
  readonly description: string;
  /** The fields that its entities carry. Absent: any. */
  readonly fields?: z.ZodObject;
  /** The source that lists it, when that is another than the one that gives it. */
  readonly definedBy?: string;
}

export const browseNodeTypes = ['site', 'list', 'folder', 'file', 'item'] as const;
export type BrowseNodeType = (typeof browseNodeTypes)[number];

/** Something in a source that can be chosen to be read, with all that is in it. */
export interface BrowseNode {
  /** Its type, a colon, and what names it within its source; at most 1,500 bytes. */
  readonly id: string;
  readonly type: BrowseNodeType;
  readonly title: string;
  readonly description?: string;
  /** How many nodes are in it, where that is known. */
  readonly itemCount?: number;
  /** Whether it can be looked into; it may turn out to be empty. */
  readonly hasChildren: boolean;
  readonly metadata?: JsonObject;
}

/** What a connector may use while it runs. */
export interface ReadContext<Config = unknown, Credentials = unknown> {
  readonly config: Config;
  readonly credentials: Credentials;
  /** Of sources whose users sign in, or whose tokens an auth provider keeps. Absent: the credentials were given directly. */
  readonly tokens?: AccessTokens;
  /** For sources that are read over HTTP. */
  readonly http?: SourceHttp;
  /**
   * Where to go on: the last checkpoint this stream yielded that was committed. In a `full` stream it is given only when an
   * interrupted run is resumed; in an `incremental` stream also to the next run. Absent: from the beginning.
   */
  readonly checkpoint?: Json;
  readonly policy: ConnectorPolicy;
  /**
   * Whether an earlier run indexed an entity whose id begins with `idPrefix`. A connector that cannot look into a branch of
   * its source asks this: when the branch held something, it must fail the run, or what is there would be deleted as gone.
   * Absent: to be on the safe side, the answer is yes.
   */
  wasIndexed?(idPrefix: string): Promise<boolean>;
  /** Ids of the browse tree's nodes that are to be read, each with all that is in it. Absent: everything. */
  readonly selection?: readonly string[];
  readonly signal: AbortSignal;
}

/** An object that could not be read, known by name only. */
export interface ItemFailure {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  /** For a person: what is wrong with this item. */
  readonly reason: string;
}

/** An object the source says is gone. */
export interface Deletion {
  readonly id: string;
  readonly type: string;
}

/**
 * What is committed together: 1 to about 200 entities (none where only the checkpoint of an incremental stream moves), and where
 * to go on afterwards. The order of a page's entities is
 * free; an id repeated later in a run is the same entity again.
 */
export interface Page {
  readonly entities: readonly SourceEntity[];
  readonly failures?: readonly ItemFailure[];
  readonly deletions?: readonly Deletion[];
  /** Resume after this page. Must be enough to continue in another process. */
  readonly checkpoint: Json;
}

/** One kind of object a source offers. */
export interface Stream<Config = unknown, Credentials = unknown> {
  /**
   * `full`: every run reads everything, and what a run did not see is deleted.
   * `incremental`: a run reads changes since the checkpoint; the source reports deletions itself, or a full run finds them.
   */
  readonly mode: 'full' | 'incremental';
  read(context: ReadContext<Config, Credentials>): AsyncIterable<Page>;
}

/** Limits that the operator sets for all connectors. */
export interface ConnectorPolicy {
  /** Folders under which the `files` source may read; absent: any folder (only without authentication). */
  readonly filesRoots?: readonly string[];
  /** Folders no source may read: our own data. */
  readonly forbiddenRoots: readonly string[];
}

export interface ValidateContext<Config = unknown, Credentials = unknown> {
  readonly config: Config;
  readonly credentials: Credentials;
  /** As in `ReadContext`. */
  readonly tokens?: AccessTokens;
  readonly http?: SourceHttp;
  readonly policy: ConnectorPolicy;
  readonly signal: AbortSignal;
}

/** A source, as data and a few functions. Made with `defineConnector`. */
export interface Connector<Config = unknown, Credentials = unknown> {
  /** Short name in the API, e.g. `files`. */
  readonly shortName: string;
  readonly displayName: string;
  readonly description: string;
  readonly className: string;
  readonly labels: readonly string[];
  readonly authMethods: readonly ('direct' | 'oauth_browser' | 'oauth_token' | 'oauth_byoc' | 'auth_provider')[];
  /** Whether the vendor limits requests for all of an organisation or per connection. Absent: not known. */
  readonly rateLimitLevel?: 'org' | 'connection';
  /** Whether what it gives has dates by which newer can be told from older; default true. */
  readonly supportsTemporalRelevance?: boolean;
  /** Offered only to organisations with this feature flag. */
  readonly featureFlag?: string;
  /** How its users sign in, for sources that take `oauth_browser`. */
  readonly oauth?: OAuth;
  /** How fast the source may be asked, for sources that are read over HTTP. */
  readonly pace?: Pace;
  /** Offered only with ENABLE_INTERNAL_SOURCES. */
  readonly isInternal: boolean;
  /** May be scheduled more often than hourly; default schedule every five minutes. */
  readonly supportsContinuous: boolean;
  readonly config: z.ZodType<Config>;
  readonly configFields: readonly Field[];
  readonly credentials: z.ZodType<Credentials>;
  readonly credentialFields: readonly Field[];
  readonly entityTypes: readonly EntityType[];
  readonly streams: Readonly<Record<string, Stream<Config, Credentials>>>;
  /**
   * Asks the source whether this configuration can work, before it is saved and at the start of each run.
   * @throws SourceError('configuration' | 'credentials' | 'rate_limited' | 'source')
   */
  validate(context: ValidateContext<Config, Credentials>): Promise<void>;
  /**
   * Who is in which group, in pages of any size, wholly; read at the start of each run. An error is not the run's: until a run
   * can read them, entities of this source with `access` are shown to nobody, unless they are public.
   * Absent: groups of this source open nothing, and `user:<e-mail address>` opens an entity to that user.
   */
  memberships?(context: ValidateContext<Config, Credentials>): AsyncIterable<readonly GroupMembership[]>;
  /**
   * Calls `onChange` soon after something changed, until the signal aborts. Only a wake-up: the run finds out what.
   * Absent: the source cannot be watched. A connector decides from its config whether to watch.
   */
  watch?(context: ValidateContext<Config, Credentials>, onChange: () => void): Promise<void>;
  /**
   * What can be chosen to be read: at the top of the source, or in a node. At most `maxBrowseNodes` are given.
   * Absent: the source is read as a whole. One with it obeys `ReadContext.selection`.
   *
   * @throws SourceError('entity') for a node that is not there; as `validate` otherwise
   */
  browse?(context: ValidateContext<Config, Credentials>, parentId: string | undefined): Promise<readonly BrowseNode[]>;
}

/** Of one node; people choose by looking. */
export const maxBrowseNodes = 2_000;
