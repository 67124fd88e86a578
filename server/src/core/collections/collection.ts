import type { CollectionId, OrganizationId } from '../shared/index.ts';
import { plainText } from '../shared/index.ts';
import type { CollectionStatus } from './collection-status.ts';
import type { SyncConfig } from './sync-config.ts';

/** What people see; 4 to 64 characters. */
export const CollectionName = plainText({ min: 4, max: 64 });

/** What an agent searches: a group of source connections under one readable id. */
export interface Collection {
  readonly id: CollectionId;
  readonly organizationId: OrganizationId;
  readonly name: string;
  readonly readableId: string;
  readonly syncConfig: SyncConfig | null;
  /** The encoder that its index was built with, and the length of its vectors. */
  readonly encoderName: string;
  readonly dimensions: number;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
  /** Null when an API key did it. */
  readonly createdByEmail: string | null;
  readonly modifiedByEmail: string | null;
  readonly status: CollectionStatus;
}

export interface ConnectionSummary {
  readonly shortName: string;
  readonly name: string;
}

export interface ListedCollection extends Collection {
  /** Oldest first. */
  readonly connections: readonly ConnectionSummary[];
}
