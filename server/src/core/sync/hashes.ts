import { createHash } from 'node:crypto';
import type { SourceEntity } from '../../connector-kit/index.ts';
import { toComparableLabel } from '../search/index.ts';
import { type CollectionId, DocumentId, type SourceConnectionId, toCanonicalJson } from '../shared/index.ts';
import type { Passage } from './text-extractor.ts';

export function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    // The length before each part keeps ('ab', 'c') apart from ('a', 'bc').
    hash.update(`${part.length}:`);
    hash.update(part);
  }
  return hash.digest('hex');
}

/**
 * The id of a document, from what names it: writing it again after a crash meets the same index rows.
 * A UUID in form (version 8: custom).
 */
export function documentIdOf(connectionId: SourceConnectionId, type: string, entityId: string): DocumentId {
  const hex = sha256(connectionId, type, entityId);
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return DocumentId.parse(
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`,
  );
}

/** Hash of all that passages are made of: equal means that nothing has to be parsed or embedded. */
export function contentHashOf(pipeline: string, name: string, contentDigest: string): string {
  return sha256(pipeline, name, contentDigest);
}

/** Hash of everything about an entity, breadcrumbs and permissions included: equal means that nothing has to be written. */
export function entityHashOf(entity: SourceEntity, contentHash: string): string {
  return sha256(
    toCanonicalJson({
      type: entity.type,
      name: entity.name,
      breadcrumbs: entity.breadcrumbs,
      url: entity.url,
      createdAt: entity.createdAt,
      updatedAt: entity.updatedAt,
      fields: entity.fields,
      access: entity.access && {
        viewers: entity.access.viewers.map(toComparableLabel),
        isPublic: entity.access.isPublic,
      },
    }),
    contentHash,
  );
}

/** Exactly what the encoder reads of a passage: the document's name and the headings above it, then the text. */
export function encoderInput(name: string, passage: Passage): string {
  return [[name, ...passage.headings].join(' › '), passage.text].join('\n');
}

/** The id of a chunk's index row: the same passage in the same place is the same row. */
export function chunkIdOf(
  place: {
    readonly collectionId: CollectionId;
    readonly connectionId: SourceConnectionId;
    readonly entityType: string;
    readonly entityId: string;
  },
  chunkIndex: number,
  passageHash: string,
): string {
  return sha256(
    place.collectionId,
    place.connectionId,
    place.entityType,
    place.entityId,
    String(chunkIndex),
    passageHash,
  );
}
