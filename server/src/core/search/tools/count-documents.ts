import { AppError } from '../../shared/index.ts';
import type { FoundDocument } from '../document-finder.ts';
import { type FacetField, parseFacetField } from '../facet-fields.ts';
import { selectionOf, type ToolDependencies, type ToolTarget } from './tool-search.ts';

/** Dates that documents are counted by, a day in UTC each. */
export const dayFields = ['created_at', 'updated_at'] as const;
export type DayField = (typeof dayFields)[number];
export type CountField = FacetField | DayField;

export interface CountRequest {
  /** Fields to count the documents by; none: the number alone. At most 20. */
  readonly by: readonly CountField[];
  /** Values told of each field, most frequent first. 1 to 100. */
  readonly valuesPerField: number;
}

/** How many documents have each value; most first, ties by value. */
export interface CountGroup {
  readonly field: CountField;
  readonly values: readonly { readonly value: string | number | boolean; readonly count: number }[];
  /** There are more values than were asked for. */
  readonly isCut: boolean;
}

export interface DocumentCount {
  readonly count: number;
  /** In the order asked for. */
  readonly groups: readonly CountGroup[];
}

/** Documents that are looked at to count by day. */
const maxDocumentsByDay = 10_000;
const pageSize = 1000;

/** The field, or what is wrong with its name. */
export function parseCountField(written: string): { readonly field: CountField } | { readonly problem: string } {
  return isDayField(written) ? { field: written } : parseFacetField(written);
}

/**
 * How many documents match, and how many of them have each value of some fields: for questions of "how many" and "all".
 *
 * @throws AppError('unprocessable') where more documents match than can be counted by day; as `DocumentFinder` does
 */
export async function countDocuments(
  { finder }: Pick<ToolDependencies, 'finder'>,
  target: ToolTarget,
  { by, valuesPerField }: CountRequest,
): Promise<DocumentCount> {
  const selection = selectionOf(target);
  const facetFields = by.filter((field) => !isDayField(field));
  const [count, facets] = await Promise.all([
    finder.count(target.scope, target.collection.id, selection),
    facetFields.length === 0
      ? []
      : finder.facets(target.scope, target.collection.id, selection, { fields: facetFields, valuesPerField }),
  ]);
  const days = by.filter(isDayField);
  const documents = days.length === 0 ? [] : await listAll(finder, target, count);
  const groups = by.flatMap((field) =>
    isDayField(field)
      ? [countByDay(documents, field, valuesPerField)]
      : facets.filter((facet) => facet.field === field).slice(0, 1),
  );
  return { count, groups };
}

function isDayField(field: string): field is DayField {
  return dayFields.some((day) => day === field);
}

async function listAll(
  finder: ToolDependencies['finder'],
  target: ToolTarget,
  count: number,
): Promise<readonly FoundDocument[]> {
  if (count > maxDocumentsByDay) {
    throw new AppError(
      'unprocessable',
      `${count} documents match, and at most ${maxDocumentsByDay} can be counted by day. Narrow the filter, for example to one year, and count again.`,
    );
  }
  const documents: FoundDocument[] = [];
  for (let offset = 0; offset < maxDocumentsByDay; offset += pageSize) {
    const page = { order: 'newest', offset, limit: pageSize } as const;
    const some = await finder.list(target.scope, target.collection.id, selectionOf(target), page);
    documents.push(...some);
    if (some.length < pageSize) break;
  }
  return documents;
}

/** Documents without the date count for no day. */
function countByDay(documents: readonly FoundDocument[], field: DayField, limit: number): CountGroup {
  const counts = new Map<string, number>();
  for (const document of documents) {
    const day = (field === 'created_at' ? document.createdAt : document.updatedAt)?.toISOString().slice(0, 10);
    if (day !== undefined) counts.set(day, (counts.get(day) ?? 0) + 1);
  }
  const values = [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  return { field, values: values.slice(0, limit), isCut: values.length > limit };
}
