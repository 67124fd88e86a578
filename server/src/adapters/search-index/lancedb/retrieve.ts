import type { Query, VectorQuery } from '@lancedb/lancedb';
import type { Table as ArrowTable } from 'apache-arrow';
import type { ArmHit, RetrieveRequest, RetrieveResult } from '../../../core/search/search-index.ts';
import { AppError, type Scope } from '../../../core/shared/index.ts';
import { toSearchText } from '../search-text.ts';
import { topHits } from '../top-hits.ts';
import { compileFilter, hasAny } from './compile-filter.ts';
import { lancedb } from './engine.ts';
import type { OpenTable } from './open-tables.ts';
import { parseHit, type RowHits } from './row-hits.ts';
import { quoteText } from './sql.ts';
import { timeLimitsMs, withinTime } from './within-time.ts';

/** The longest query that the keyword arm reads; longer ones are cut. */
const maxQueryCharacters = 20_000;
/** Partitions of the vector index that a search reads, of one per 1,000 rows; more when they hold too few matches. */
const partitionsPerSearch = 20;

/** Asks both arms at once. */
export async function retrieveFrom(
  open: OpenTable,
  rowHits: RowHits,
  scope: Scope,
  request: RetrieveRequest,
): Promise<RetrieveResult> {
  const where = visibleRows(scope, request);
  const { text, vector, limit } = request;
  const [keyword, semantic] = await Promise.all([
    text === undefined ? undefined : keywordArm({ open, rowHits, where, limit }, text),
    vector === undefined ? undefined : semanticArm({ open, rowHits, where, limit }, vector),
  ]);
  return { ...(keyword === undefined ? {} : { keyword }), ...(semantic === undefined ? {} : { semantic }) };
}

/** What both arms search. */
interface Search {
  readonly open: OpenTable;
  readonly rowHits: RowHits;
  readonly where: string;
  readonly limit: number;
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
async function keywordArm(search: Search, text: string): Promise<readonly ArmHit[]> {
  const words = toSearchText(text.slice(0, maxQueryCharacters).toWellFormed());
  if (!/[\p{L}\p{N}]/u.test(words)) return [];
  const ask = () => search.open.table.query().fullTextSearch(new lancedb.MatchQuery(words, 'search_text'));
  return topHits(search.limit, (count) => find(search, ask, '_score', count));
}

async function semanticArm(search: Search, vector: Float32Array): Promise<readonly ArmHit[]> {
  const { open } = search;
  if (vector.length !== open.dimensions) {
    throw new AppError('internal', `A query of ${vector.length} dimensions was put to an index of ${open.dimensions}.`);
  }
  const ask = () => open.table.vectorSearch(vector).column('vector').distanceType('dot');
  return topHits(search.limit, async (count) => {
    const byIndex = () => ask().minimumNprobes(partitionsPerSearch).maximumNprobes(0);
    const found = await find(search, byIndex, '_distance', count);
    if (found.length >= count || !open.hasVectorIndex) return found;
    // The index may miss rows when few match. Then reading them all is cheap, and the arm must not end early.
    return find(search, () => ask().bypassVectorIndex(), '_distance', count);
  });
}

/** The best `count` rows of a query, as hits. */
async function find(
  { open, rowHits, where }: Search,
  ask: () => Query | VectorQuery,
  score: '_score' | '_distance',
  count: number,
): Promise<readonly ArmHit[]> {
  const rowsWith = (column: string) => run(ask().where(where).select([column, score]).limit(count));
  const found = await rowsWith('_rowid');
  const rowIds = Array.from(found.getChild('_rowid') ?? [], (rowId) => BigInt(rowId));
  const known = await withinTime(timeLimitsMs.query, 'query', () => rowHits.find(open.table, rowIds));
  if (known !== undefined) return withScores(known, found, score);
  const rows = await rowsWith('hit');
  return withScores(
    Array.from(rows.getChild('hit') ?? [], (text) => parseHit(String(text))),
    rows,
    score,
  );
}

/** The engine's distance is 1 minus the dot product. */
function withScores(
  hits: readonly Omit<ArmHit, 'score'>[],
  rows: ArrowTable,
  column: '_score' | '_distance',
): readonly ArmHit[] {
  const scores = rows.getChild(column);
  return hits.map((hit, i) => {
    const value = Number(scores?.get(i));
    return { ...hit, score: column === '_score' ? value : 1 - value };
  });
}

/** The rows of a query, within its time. */
export async function run(query: Query | VectorQuery): Promise<ArrowTable> {
  const timeoutMs = timeLimitsMs.query;
  return withinTime(timeoutMs, 'query', () => query.toArrow({ timeoutMs }));
}
