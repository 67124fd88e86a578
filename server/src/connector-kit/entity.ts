import type { Readable } from 'node:stream';
import type { JsonObject } from './json.ts';

/** One step of the path from the source's root to an entity, root first. */
export interface Breadcrumb {
  readonly entityId: string;
  readonly name: string;
  readonly entityType: string;
}

/** Who may see an entity. Absent: everybody who may search the collection. */
export interface Access {
  /** Labels: `user:<e-mail address or id>`, `group:<id>`, with ids of this source. Others open nothing. Empty: nobody sees it. */
  readonly viewers: readonly string[];
  readonly isPublic: boolean;
}

/** That a user or a group belongs to a group; groups may contain each other. Labels as in `Access`. */
export interface GroupMembership {
  readonly member: string;
  readonly group: string;
}

/** The bytes of a file entity, fetched only when the entity is new or changed. */
export interface FileContent {
  /** File name with extension, for the choice of a parser. */
  readonly name: string;
  readonly mimeType?: string;
  /** Bytes, when the source says so beforehand; files over the limit are then not opened at all. */
  readonly size?: number;
  /**
   * Opens the content. May be called more than once, each time from the beginning.
   * @throws SourceError('entity') when this file cannot be read; the run goes on
   */
  open(signal: AbortSignal): Promise<Readable>;
}

/** What a connector yields: one object of the source, normalised. */
export interface SourceEntity {
  /** The source's id; stable, unique within the connection and `type`. */
  readonly id: string;
  /** Entity class as the public API names it, e.g. `FileEntity`. */
  readonly type: string;
  readonly name: string;
  readonly breadcrumbs: readonly Breadcrumb[];
  /** Address a person can open; absent when there is none. */
  readonly url?: string;
  readonly createdAt?: Date;
  readonly updatedAt?: Date;
  /** The source's own fields, returned as `raw_source_fields` and usable in filters. */
  readonly fields: JsonObject;
  /** Markdown to index. An entity has `text`, or `file`, or neither (then only its name is indexed). */
  readonly text?: string;
  readonly file?: FileContent;
  readonly access?: Access;
  /**
   * A cheap mark of the content's state (size and modification time, an ETag). When it and the metadata equal what was
   * last indexed, the content is not opened. Absent: the content is hashed in every run.
   */
  readonly revision?: string;
}
