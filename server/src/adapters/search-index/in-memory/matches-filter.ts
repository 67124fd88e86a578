import {
  type Condition,
  type DateField,
  type Filter,
  isOwnCondition,
  type NumberField,
  type OwnCondition,
  type TextField,
} from '../../../core/search/filter.ts';
import type { IndexChunk } from '../../../core/search/search-index.ts';
import { chunkEntityIdOf } from '../search-text.ts';
import { matchesOwnCondition } from './matches-own-condition.ts';

/** The meaning of a filter as a plain predicate; what other adapters compile must select the same. */
export function matchesFilter(chunk: IndexChunk, filter: Filter): boolean {
  return filter.some((group) => group.every((condition) => matches(chunk, condition)));
}

const texts: Readonly<Record<TextField, (chunk: IndexChunk) => readonly string[]>> = {
  entity_id: (chunk) => [chunkEntityIdOf(chunk)],
  name: (chunk) => [chunk.name],
  'breadcrumbs.entity_id': (chunk) => chunk.breadcrumbs.map(({ entityId }) => entityId),
  'breadcrumbs.name': (chunk) => chunk.breadcrumbs.map(({ name }) => name),
  'breadcrumbs.entity_type': (chunk) => chunk.breadcrumbs.map(({ entityType }) => entityType),
  'airweave_system_metadata.entity_type': (chunk) => [chunk.entityType],
  'airweave_system_metadata.source_name': (chunk) => [chunk.sourceName],
  'airweave_system_metadata.original_entity_id': (chunk) => [chunk.entityId],
  'airweave_system_metadata.sync_id': (chunk) => [chunk.syncId],
  'airweave_system_metadata.sync_job_id': (chunk) => [chunk.syncJobId],
};

const numbers: Readonly<Record<DateField | NumberField, (chunk: IndexChunk) => number | undefined>> = {
  created_at: ({ createdAt }) => createdAt?.getTime(),
  updated_at: ({ updatedAt }) => updatedAt?.getTime(),
  'airweave_system_metadata.chunk_index': ({ chunkIndex }) => chunkIndex,
};

function matches(chunk: IndexChunk, condition: Condition): boolean {
  if (isOwnCondition(condition)) return matchesOwnCondition(chunk.fields, condition);
  if (condition.operator === 'exists') return hasValue(chunk, condition.field) === condition.value;
  if (condition.field === 'access.is_public') {
    return (chunk.isPublic === condition.value) === (condition.operator === 'equals');
  }
  if (condition.field === 'access.viewers') {
    const isAny = chunk.viewers?.some((viewer) => condition.value.includes(viewer)) ?? false;
    return isAny === (condition.operator === 'in');
  }
  if (isNumeric(condition)) {
    const values = Array.isArray(condition.value) ? condition.value.map(Number) : [Number(condition.value)];
    return matchesNumber(numbers[condition.field](chunk), condition.operator, values);
  }
  const stored = texts[condition.field](chunk);
  switch (condition.operator) {
    case 'equals':
      return stored.includes(condition.value);
    case 'not_equals':
      return !stored.includes(condition.value);
    case 'contains': {
      const needle = condition.value.toLowerCase();
      return stored.some((text) => text.toLowerCase().includes(needle));
    }
    case 'in':
      return stored.some((text) => condition.value.includes(text));
    case 'not_in':
      return !stored.some((text) => condition.value.includes(text));
  }
}

type ExistsField = Exclude<Extract<Condition, { readonly operator: 'exists' }>, OwnCondition>['field'];

function hasValue(chunk: IndexChunk, field: ExistsField): boolean {
  if (field === 'access.viewers') return chunk.viewers !== null;
  if (field === 'access.is_public') return chunk.isPublic !== null;
  if (field === 'created_at' || field === 'updated_at') return numbers[field](chunk) !== undefined;
  return chunk.breadcrumbs.length > 0;
}

type TextCondition = Extract<Condition, { readonly field: TextField }>;
type NumericCondition = Exclude<
  Extract<Condition, { readonly field: DateField | NumberField }>,
  { readonly operator: 'exists' }
>;

function isNumeric(condition: TextCondition | NumericCondition): condition is NumericCondition {
  return condition.field in numbers;
}

function matchesNumber(
  stored: number | undefined,
  operator: NumericCondition['operator'],
  values: readonly number[],
): boolean {
  const [value = Number.NaN] = values;
  if (operator === 'not_equals') return stored !== value;
  if (operator === 'not_in') return stored === undefined || !values.includes(stored);
  if (stored === undefined) return false;
  switch (operator) {
    case 'equals':
      return stored === value;
    case 'greater_than':
      return stored > value;
    case 'less_than':
      return stored < value;
    case 'greater_than_or_equal':
      return stored >= value;
    case 'less_than_or_equal':
      return stored <= value;
    case 'in':
      return values.includes(stored);
  }
}
