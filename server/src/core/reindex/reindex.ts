import type { CollectionId } from '../shared/index.ts';

export const reindexStatuses = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const;
export type ReindexStatus = (typeof reindexStatuses)[number];

/** One rebuild of a collection's index, as the API shows it. */
export interface Reindex {
  readonly id: string;
  readonly collectionId: CollectionId;
  readonly status: ReindexStatus;
  /** The generation that is built. */
  readonly generation: number;
  readonly documentsTotal: number;
  /** Written to the new generation so far, those that failed included; at most the total. */
  readonly documentsDone: number;
  /** Documents whose record is missing or could not be read: marked as failed; what was indexed of them is carried over. */
  readonly documentsFailed: number;
  readonly error: string | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  /** When searches began to read the new generation. */
  readonly swappedAt: Date | null;
  readonly endedAt: Date | null;
}
