import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { IndexRef } from '../../../core/search/search-index.ts';
import { collectionKey, generationKey } from './chunk-documents.ts';
import { backOffMs, type Cluster, limitsMs } from './cluster.ts';
import { unavailable } from './cluster-errors.ts';

type CollectionRef = Omit<IndexRef, 'generation'>;

const Generation = z.object({ generation: z.number(), dimensions: z.number() });
type Generation = z.infer<typeof Generation>;

const Stored = z.object({
  _seq_no: z.number(),
  _primary_term: z.number(),
  _source: z.object({ generations: z.array(Generation) }),
});

const maxAttempts = 20;
/** A reader in another process goes on for so long with what it knew; rows are gone by then, so it finds nothing. */
const rememberedMs = 60_000;
const maxRemembered = 10_000;

/**
 * Which generations there are: one document for each collection, read by id, which is never stale, and changed only from the
 * state that was read.
 */
export class Generations {
  readonly #cluster: Cluster;
  readonly #index: string;
  readonly #remembered = new Map<string, { readonly dimensions: number; readonly until: number }>();

  constructor(cluster: Cluster, index: string) {
    this.#cluster = cluster;
    this.#index = index;
  }

  /** Dimensions of a generation; undefined when it is not there. */
  async findDimensions(ref: IndexRef): Promise<number | undefined> {
    const stored = await this.#read(ref);
    const found = stored?._source.generations.find(({ generation }) => generation === ref.generation);
    this.#remember(ref, found?.dimensions);
    return found?.dimensions;
  }

  /** The same for searches, from memory where it was asked lately. */
  async recallDimensions(ref: IndexRef): Promise<number | undefined> {
    const remembered = this.#remembered.get(generationKey(ref));
    if (remembered !== undefined && remembered.until > Date.now()) return remembered.dimensions;
    return this.findDimensions(ref);
  }

  async add(ref: IndexRef, dimensions: number): Promise<void> {
    await this.#change(ref, (generations) =>
      generations.some(({ generation }) => generation === ref.generation)
        ? generations
        : [...generations, { generation: ref.generation, dimensions }],
    );
  }

  /** Removes all but those to keep. */
  async keep(ref: CollectionRef, keep: readonly number[]): Promise<void> {
    await this.#change(ref, (generations) => generations.filter(({ generation }) => keep.includes(generation)));
    for (const key of this.#remembered.keys()) {
      if (key.startsWith(`${collectionKey(ref)}_`)) this.#remembered.delete(key);
    }
  }

  #remember(ref: IndexRef, dimensions: number | undefined): void {
    const key = generationKey(ref);
    this.#remembered.delete(key);
    if (dimensions === undefined) return;
    this.#remembered.set(key, { dimensions, until: Date.now() + rememberedMs });
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > maxRemembered && oldest !== undefined) this.#remembered.delete(oldest);
  }

  async #read(ref: CollectionRef): Promise<z.infer<typeof Stored> | undefined> {
    const path = `/${this.#index}/_doc/${collectionKey(ref)}`;
    return this.#cluster.find(Stored, { method: 'GET', path, what: 'look up an index', limits: limitsMs.read });
  }

  async #change(
    ref: CollectionRef,
    change: (generations: readonly Generation[]) => readonly Generation[],
  ): Promise<void> {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const stored = await this.#read(ref);
      const before = stored?._source.generations ?? [];
      const generations = change(before);
      if (generations === before || (stored === undefined && generations.length === 0)) return;
      const state =
        stored === undefined
          ? { op_type: 'create' }
          : { if_seq_no: stored._seq_no, if_primary_term: stored._primary_term };
      const changed = await this.#cluster.find(z.unknown(), {
        method: 'PUT',
        path: `/${this.#index}/_doc/${collectionKey(ref)}`,
        query: { ...state },
        body: { generations },
        what: 'change an index',
        limits: limitsMs.write,
      });
      if (changed !== undefined) return;
      await sleep(backOffMs(attempt));
    }
    throw unavailable('had too many changes to one collection at once. Try again.');
  }
}
