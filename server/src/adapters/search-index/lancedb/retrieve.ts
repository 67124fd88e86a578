import type { Query, VectorQuery } from '@lancedb/lancedb';
import type { Table as ArrowTable } from 'apache-arrow';
import type { ArmHit, RetrieveRequest, RetrieveResult } from '../../../core/search/search-index.ts';
import { AppError, DocumentId, type Scope } from '../../../core/shared/index.ts';
import { toSearchText } from '../search-text.ts';
import { topHits } from '../top-hits.ts';
import { compileFilter, hasAny } from './compile-filter.ts';
import { lancedb } from './engine.ts';
import type { OpenTable } from './open-tables.ts';
import { quoteText } from './sql.ts';
import { timeLimitsMs, withinTime } from './within-time.ts';

/** The longest query that the keyword arm reads; longer ones are cut. */
const maxQueryCharacters = 20_000;
/** Partitions of the vector index that a search reads, of one per 1,000 rows; more when they hold too few matches. */
const partitionsPerSearch = 20;

/** Asks both arms at once. */
export async function retrieveFrom(open: OpenTable, scope: Scope, request: RetrieveRequest): Promise<RetrieveResult> {
  const predicate = visibleRows(scope, request);
  const [keyword, semantic] = await Promise.all([
    request.text === undefined ? undefined : keywordArm(open, request.text, predicate, request.limit),
    request.vector === undefined ? undefined : semanticArm(open, request.vector, predicate, request.limit),
  ]);
  return { ...(keyword === undefined ? {} : { keyword }), ...(semantic === undefined ? {} : { semantic }) };
}

/** Part of every predicate, though the table's name holds the organisation already: two walls. */
export function inScope(scope: Scope): string {
  return `organization_id = ${quoteText(scope.organizationId)}`;
}

/** Everything that decides whether a row may be found at all; the engine applies it before it ranks. */
function visibleRows(scope: Scope, request: RetrieveRequest): string {
  const { filter, principals } = request;
  return [
    inScope(scope),
    ...(filter === undefined ? [] : [`(${compileFilter(filter)})`]),
    ...(principals === undefined ? [] : [`(viewers IS NULL OR is_public = 1 OR ${hasAny('viewers', principals)})`]),
  ].join(' AND ');
}

/** The query is data: `MatchQuery` has no operators, its words are joined by OR. */
async function keywordArm(open: OpenTable, text: string, predicate: string, limit: number): Promise<readonly ArmHit[]> {
  const words = toSearchText(text.slice(0, maxQueryCharacters).toWellFormed());
  if (!/[\p{L}\p{N}]/u.test(words)) return [];
  return topHits(limit, async (count) => {
    const query = open.table.query().fullTextSearch(new lancedb.MatchQuery(words, 'search_text'));
    return toHits(await run(query.where(predicate).select(hitColumns('_score')).limit(count)), '_score');
  });
}

async function semanticArm(
  open: OpenTable,
  vector: Float32Array,
  predicate: string,
  limit: number,
): Promise<readonly ArmHit[]> {
  if (vector.length !== open.dimensions) {
    throw new AppError('internal', `A query of ${vector.length} dimensions was put to an index of ${open.dimensions}.`);
  }
  return topHits(limit, async (count) => {
    const ask = () =>
      open.table
        .vectorSearch(vector)
        .column('vector')
        .distanceType('dot')
        .where(predicate)
        .select(hitColumns('_distance'))
        .limit(count);
    const indexed = await run(ask().minimumNprobes(partitionsPerSearch).maximumNprobes(0));
    if (indexed.numRows >= count || !open.hasVectorIndex) return toHits(indexed, '_distance');
    // The index may miss rows when few match. Then reading them all is cheap, and the arm must not end early.
    return toHits(await run(ask().bypassVectorIndex()), '_distance');
  });
}

function hitColumns(score: '_score' | '_distance'): string[] {
  return ['hit', score];
}

/** The engine's distance is 1 minus the dot product. */
function toHits(rows: ArrowTable, column: '_score' | '_distance'): readonly ArmHit[] {
  const hits = rows.getChild('hit');
  const scores = rows.getChild(column);
  return Array.from({ length: rows.numRows }, (_, i) => {
    const [chunkId = '', documentId, version] = String(hits?.get(i)).split(' ');
    return {
      chunkId,
      documentId: DocumentId.parse(documentId),
      version: Number(version),
      score: column === '_score' ? Number(scores?.get(i)) : 1 - Number(scores?.get(i)),
    };
  });
}

/** The rows of a query, within its time. */
export async function run(query: Query | VectorQuery): Promise<ArrowTable> {
  const timeoutMs = timeLimitsMs.query;
  return withinTime(timeoutMs, 'query', () => query.toArrow({ timeoutMs }));
}
