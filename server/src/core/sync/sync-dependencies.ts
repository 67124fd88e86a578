import type { ConnectorPolicy } from '../../connector-kit/index.ts';
import type { ConnectorRegistry } from '../connections/connector-registry.ts';
import type { CredentialResolver } from '../connections/credential-resolver.ts';
import type { SourceHttpFactory } from '../outbound/index.ts';
import type { Encoder } from '../search/encoder.ts';
import type { MembershipStore } from '../search/membership-store.ts';
import type { SearchIndex } from '../search/search-index.ts';
import type { Logger } from '../shared/index.ts';
import type { BlobStore } from './blob-store.ts';
import type { ContentSpool } from './content-spool.ts';
import type { PushedDocumentStore } from './pushed-document-store.ts';
import type { SyncStore } from './sync-store.ts';
import type { TextExtractor } from './text-extractor.ts';

/** Everything a run touches. Chosen once, in main.ts. */
export interface SyncDependencies {
  readonly store: SyncStore;
  readonly pushed: PushedDocumentStore;
  /** Who is in which group, as the sources say. */
  readonly memberships: Pick<MembershipStore, 'replace' | 'markNotLoaded'>;
  readonly index: SearchIndex;
  /** Absent: documents are found by their words only. */
  readonly encoder?: Encoder;
  readonly extractor: TextExtractor;
  readonly blobs: BlobStore;
  readonly spool: ContentSpool;
  readonly connectors: ConnectorRegistry;
  readonly credentials: CredentialResolver;
  /** Absent: connectors dial out as the registry lets them, and what they ask is not counted. */
  readonly sourceHttp?: SourceHttpFactory;
  readonly policy: ConnectorPolicy;
  readonly limits: {
    /** Larger files are recorded as failed, unread. */
    readonly maxFileBytes: number;
    /** A run waits while less than this is free where data is kept. */
    readonly minFreeBytes: number;
  };
  readonly logger: Logger;
}
