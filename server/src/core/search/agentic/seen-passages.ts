import type { DocumentId } from '../../shared/index.ts';
import type { FoundDocument } from '../document-finder.ts';
import type { SearchHit } from '../search-collection.ts';
import type { IndexChunk } from '../search-index.ts';
import type { EntitySummary } from './agentic-search.ts';

/** A passage that a tool came upon, or a document of which no passage is known yet. */
export interface SeenPassage {
  /** How tools name it: `<original>__chunk_<n>`, with a number behind where two documents have the same. */
  readonly key: string;
  readonly documentId: DocumentId;
  readonly entityId: string;
  readonly name: string;
  readonly entityType: string;
  readonly sourceName: string;
  /** The last breadcrumb's id. */
  readonly parentId: string | null;
  /** Best of the queries that ranked it; null where none did. */
  readonly score: number | null;
  /** Absent for a document that was only listed. */
  readonly chunk?: IndexChunk;
}

/**
 * What one search has come upon, what of it was shown, and what was put into the results. In the order of coming, so that the
 * same calls give the same answer.
 */
export class SeenPassages {
  readonly #seen = new Map<string, SeenPassage>();
  readonly #shown = new Map<string, string>();
  readonly #read = new Set<string>();
  readonly #collected = new Set<string>();
  readonly #maxSeen: number;

  constructor(maxSeen: number) {
    this.#maxSeen = maxSeen;
  }

  /** Of a search or of a reading; a better score replaces a worse one. Undefined when no more can be kept in mind. */
  addHit({ chunk, score }: { readonly chunk: IndexChunk; readonly score: number | null }): SeenPassage | undefined {
    const parent = chunk.breadcrumbs.at(-1)?.entityId ?? null;
    return this.#add(`${chunk.entityId}__chunk_${chunk.chunkIndex}`, {
      documentId: chunk.documentId,
      entityId: chunk.entityId,
      name: chunk.name,
      entityType: chunk.entityType,
      sourceName: chunk.sourceName,
      parentId: parent,
      score,
      chunk,
    });
  }

  /** Of a list: its first passage stands for it. */
  addDocument(document: FoundDocument): SeenPassage | undefined {
    return this.#add(`${document.entityId}__chunk_0`, {
      documentId: document.id,
      entityId: document.entityId,
      name: document.name,
      entityType: document.entityType,
      sourceName: document.sourceName,
      parentId: document.breadcrumbs.at(-1)?.entityId ?? null,
      score: null,
    });
  }

  #add(id: string, passage: Omit<SeenPassage, 'key'>): SeenPassage | undefined {
    let key = id;
    for (let number = 2; (this.#seen.get(key)?.documentId ?? passage.documentId) !== passage.documentId; number += 1) {
      key = `${id}#${number}`;
    }
    const known = this.#seen.get(key);
    if (known === undefined && this.#seen.size >= this.#maxSeen) return undefined;
    const score = Math.max(known?.score ?? Number.NEGATIVE_INFINITY, passage.score ?? Number.NEGATIVE_INFINITY);
    const chunk = passage.chunk ?? known?.chunk;
    const seen: SeenPassage = {
      ...passage,
      key,
      score: Number.isFinite(score) ? score : null,
      ...(chunk === undefined ? {} : { chunk }),
    };
    this.#seen.set(key, seen);
    return seen;
  }

  /** By its key, or by a document's own id. */
  find(id: string): SeenPassage | undefined {
    return this.#seen.get(id) ?? this.#seen.get(`${id}__chunk_0`);
  }

  has(key: string): boolean {
    return this.#seen.has(key);
  }

  get size(): number {
    return this.#seen.size;
  }

  /** A text that was shown of a passage; the longest counts. */
  show(key: string, text: string, { isReading }: { readonly isReading: boolean }): void {
    if (text.length >= (this.#shown.get(key)?.length ?? 0)) this.#shown.set(key, text);
    if (isReading) this.#read.add(key);
  }

  get shownTexts(): ReadonlyMap<string, string> {
    return this.#shown;
  }

  /** False when it was there already. */
  collect(key: string): boolean {
    if (this.#collected.has(key)) return false;
    this.#collected.add(key);
    return true;
  }

  /** False when it was not there. */
  uncollect(key: string): boolean {
    return this.#collected.delete(key);
  }

  get collectedKeys(): readonly string[] {
    return [...this.#collected];
  }

  get readKeys(): readonly string[] {
    return [...this.#read];
  }

  get seenKeys(): readonly string[] {
    return [...this.#seen.keys()];
  }

  /** What was collected, as hits, in the order of collecting. Passages that were only listed are left out: read them first. */
  get collectedHits(): readonly SearchHit[] {
    return this.collectedKeys.flatMap((key) => {
      const passage = this.#seen.get(key);
      return passage?.chunk === undefined ? [] : [{ chunk: passage.chunk, score: passage.score ?? 0 }];
    });
  }
}

function summaryOf(passage: SeenPassage): EntitySummary {
  return {
    entityId: passage.key,
    name: passage.name,
    entityType: passage.entityType,
    sourceName: passage.sourceName,
    relevanceScore: passage.score,
  };
}

/** As many as the contract shows. */
export function firstSummaries(passages: readonly SeenPassage[]): readonly EntitySummary[] {
  return passages.slice(0, 5).map(summaryOf);
}
