import type { Access, Breadcrumb, JsonObject } from '../../connector-kit/index.ts';
import type { DocumentId, SourceConnectionId } from '../shared/index.ts';
import type { FailureBlame, LeftOut } from '../sync/index.ts';

/**
 * A document of a collection, whatever its source. `pending`: pushed or included again, and not yet indexed; `excluded`: a person does not want it to
 * be found.
 */
export interface Document {
  readonly id: DocumentId;
  /** The source's id; for pushed documents the caller's. */
  readonly entityId: string;
  readonly entityType: string;
  readonly name: string;
  readonly url: string | null;
  readonly state: 'indexed' | 'failed' | 'pending' | 'excluded';
  /** Why the last try failed. */
  readonly error: string | null;
  readonly tries: number;
  /** Whose fault the last failure was; null: it has not failed. */
  readonly errorBlame: FailureBlame | null;
  /** Of the failed tries since the last success. */
  readonly firstFailedAt: Date | null;
  readonly lastFailedAt: Date | null;
  readonly sourceConnectionId: SourceConnectionId;
  readonly sourceName: string;
  readonly chunkCount: number;
  readonly sizeBytes: number | null;
  readonly mimeType: string | null;
  readonly metadata: JsonObject;
  readonly breadcrumbs: readonly Breadcrumb[];
  readonly access: Access | null;
  readonly createdAt: Date | null;
  readonly updatedAt: Date | null;
  readonly indexedAt: Date | null;
  /** Of what is indexed. */
  readonly leftOut: LeftOut;
}

/** A document as it is pushed, validated at the edge. */
export interface PushedDocument {
  readonly id: string;
  readonly name: string;
  /** Markdown; absent for a file. */
  readonly text?: string;
  readonly url?: string;
  readonly metadata?: JsonObject;
  readonly createdAt?: Date;
  readonly updatedAt?: Date;
  readonly access?: Access;
  readonly file?: {
    readonly name: string;
    readonly mimeType?: string;
    readonly sizeBytes: number;
    /** SHA-256 of its bytes, hex. */
    readonly sha256: string;
    /** Where its bytes already are. */
    readonly blobKey: string;
  };
}
