import type { Access, Breadcrumb, JsonObject } from '../../connector-kit/index.ts';
import type { DocumentId } from '../shared/index.ts';

/** What the database knows of a document before a page is processed. */
export interface KnownDocument {
  readonly id: DocumentId;
  readonly entityType: string;
  readonly entityId: string;
  readonly state: 'indexed' | 'failed';
  /** A person has excluded it: it is seen and not indexed. */
  readonly isExcluded: boolean;
  /** 0: nothing is indexed. */
  readonly version: number;
  readonly chunkCount: number;
  readonly entityHash: string | null;
  readonly contentHash: string | null;
  readonly revision: string | null;
  readonly rawKey: string | null;
}

/** What of a document's text is in no passage. */
export interface LeftOut {
  /** The text was cut at the size limit. */
  readonly isTruncated: boolean;
  /** Of text that no reader sees. */
  readonly hiddenCharacters: number;
}

/** A document to be written, indexed as `version`. */
export interface DocumentWrite {
  readonly id: DocumentId;
  readonly entityId: string;
  readonly entityType: string;
  readonly name: string;
  readonly url: string | null;
  readonly breadcrumbs: readonly Breadcrumb[];
  readonly fields: JsonObject;
  readonly access: Access | null;
  readonly createdAt: Date | null;
  readonly updatedAt: Date | null;
  readonly entityHash: string;
  readonly contentHash: string;
  readonly revision: string | null;
  readonly rawKey: string | null;
  readonly sizeBytes: number | null;
  /** With extension; null: it is text and no file. */
  readonly fileName: string | null;
  readonly mimeType: string | null;
  readonly chunkCount: number;
  /** What was left out of its text; absent where the text is the one that was indexed before. */
  readonly leftOut?: LeftOut;
  /** What it replaces; absent when it is new. */
  readonly replaces?: { readonly rawKey: string | null };
}

/** Whose fault a failure is: the document's own (it cannot be read), its source's, or ours. */
export type FailureBlame = 'document' | 'source' | 'weft';

/** A document that could not be indexed; what was indexed before stays. */
export interface DocumentFailure {
  readonly id: DocumentId;
  readonly entityId: string;
  readonly entityType: string;
  readonly name: string;
  readonly url: string | null;
  readonly breadcrumbs: readonly Breadcrumb[];
  readonly error: string;
  /** Default: Weft's. */
  readonly blame?: FailureBlame;
}

/** A document that is gone from its source. */
export interface DocumentDeletion {
  readonly id: DocumentId;
  readonly rawKey: string | null;
}
