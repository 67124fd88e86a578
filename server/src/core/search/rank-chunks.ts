import type { DocumentId } from '../shared/index.ts';
import { explainFusion } from './explain-fusion.ts';
import type { Filter } from './filter.ts';
import { type Arm, type FusedHit, fuseArms, keyOf, type RankedUnit, scaleDepth } from './fuse-arms.ts';
import type { ArmHit, IndexRef, RetrieveResult, SearchIndex } from './search-index.ts';
import type { SearchStore } from './search-store.ts';

export interface RankRequest {
  readonly ref: IndexRef;
  readonly text?: string;
  readonly vector?: Float32Array;
  readonly filter?: Filter;
  readonly principals?: readonly string[];
  readonly groupBy: RankedUnit;
  /** Hits wanted, from the best; fewer only when there are no more. */
  readonly count: number;
  /** Whether each hit comes with what the arms said of it; default false. */
  readonly explain?: boolean;
}

export interface RankedChunks {
  /** At most `count`, best first. */
  readonly hits: readonly FusedHit[];
  /** Hits in all; null when the end of the ranking was not reached on the way. */
  readonly total: number | null;
}

/**
 * Hits asked of each arm at first: more than the first tier, so that rows which are superseded or gone seldom cost a second
 * call. The same for every request: an approximate vector index may answer differently at another depth, and a page must not
 * depend on its size.
 */
const firstDepth = scaleDepth * 1.5;
const maxDepth = 10_000;

/**
 * Retrieves, hides what is superseded or deleted, and fuses; deeper, by doubling, until there are enough hits.
 * At most `count` hits come back, best first, and the first n are the same for every `count` of at least n.
 */
export async function rankChunks(
  deps: { readonly index: Pick<SearchIndex, 'retrieve'>; readonly store: Pick<SearchStore, 'visibleVersions'> },
  request: RankRequest,
  signal: AbortSignal,
): Promise<RankedChunks> {
  const versions = new Map<DocumentId, number | undefined>();
  let arms: readonly Arm[] = [];
  for (let depth = firstDepth; ; depth = Math.min(depth * 2, maxDepth)) {
    const found = await retrieveCurrent(deps, request, depth, versions, signal);
    const isLast = depth === maxDepth;
    let hasMore = false;
    arms = (['keyword', 'semantic'] as const).flatMap((kind) => {
      const hits = found[kind];
      if (hits === undefined) return [];
      const known = arms.find((arm) => arm.kind === kind)?.hits ?? [];
      const visible = hits.filter((hit) => isVisible(hit, versions));
      hasMore ||= isLast && hits.length >= depth;
      return [{ kind, hits: extend(known, visible), isExhausted: isLast || hits.length < depth }];
    });
    const { hits, isComplete } = fuseArms(arms, request.groupBy);
    if (isComplete || hits.length >= request.count) {
      const best = hits.slice(0, request.count);
      return {
        hits: request.explain === true ? withExplanations(best, arms, request.groupBy) : best,
        total: isComplete && !hasMore ? hits.length : null,
      };
    }
  }
}

function withExplanations(hits: readonly FusedHit[], arms: readonly Arm[], unit: RankedUnit): readonly FusedHit[] {
  const explanations = explainFusion(arms, hits, unit);
  return hits.map((hit) => {
    const explanation = explanations.get(keyOf(hit, unit));
    return explanation === undefined ? hit : { ...hit, explanation };
  });
}

/**
 * A document may be replaced between the index's answer and the database's: then its old rows are superseded already and its
 * new ones were not yet there to be found. Rows are written before their version is committed, so a second look, judged by the
 * versions read before it, sees them.
 */
async function retrieveCurrent(
  deps: { readonly index: Pick<SearchIndex, 'retrieve'>; readonly store: Pick<SearchStore, 'visibleVersions'> },
  request: RankRequest,
  depth: number,
  versions: Map<DocumentId, number | undefined>,
  signal: AbortSignal,
): Promise<RetrieveResult> {
  const retrieve = async (): Promise<RetrieveResult> => {
    signal.throwIfAborted();
    const { ref, text, vector, filter, principals } = request;
    const result = await deps.index.retrieve(ref, {
      ...(text === undefined ? {} : { text }),
      ...(vector === undefined ? {} : { vector }),
      ...(filter === undefined ? {} : { filter }),
      ...(principals === undefined ? {} : { principals }),
      limit: depth,
    });
    signal.throwIfAborted();
    const found = new Set(allHits(result).map((hit) => hit.documentId));
    const unknown = [...found].filter((id) => !versions.has(id));
    if (unknown.length > 0) {
      const committed = await deps.store.visibleVersions(ref.scope, ref.collectionId, unknown);
      for (const id of unknown) versions.set(id, committed.get(id));
    }
    return result;
  };
  const result = await retrieve();
  return hasOnlySuperseded(allHits(result), versions) ? await retrieve() : result;
}

function allHits(result: RetrieveResult): readonly ArmHit[] {
  return [...(result.keyword ?? []), ...(result.semantic ?? [])];
}

function isVisible(hit: ArmHit, versions: ReadonlyMap<DocumentId, number | undefined>): boolean {
  const committed = versions.get(hit.documentId);
  return committed !== undefined && hit.version >= committed;
}

/** Whether some live document was found by rows that are superseded and by no others. */
function hasOnlySuperseded(hits: readonly ArmHit[], versions: ReadonlyMap<DocumentId, number | undefined>): boolean {
  const live = hits.filter((hit) => versions.get(hit.documentId) !== undefined);
  const shown = new Set(live.filter((hit) => isVisible(hit, versions)).map((hit) => hit.documentId));
  return live.some((hit) => !shown.has(hit.documentId));
}

/**
 * Adds what a deeper call found to the end of what is known. What an approximate index finds only when asked for more
 * scores no higher than what it gave before, so that ranks already given stay.
 */
function extend(known: readonly ArmHit[], found: readonly ArmHit[]): readonly ArmHit[] {
  const ids = new Set(known.map((hit) => hit.chunkId));
  const ceiling = known.at(-1)?.score ?? Number.POSITIVE_INFINITY;
  const added = found
    .filter((hit) => !ids.has(hit.chunkId))
    .map((hit) => (hit.score > ceiling ? { ...hit, score: ceiling } : hit));
  return [...known, ...added];
}
