import { dateFields, numberFields, textFields } from './filter.ts';

const textOperators = ['equals', 'not_equals', 'contains', 'in', 'not_in'] as const;
const orderedOperators = [
  'equals',
  'not_equals',
  'greater_than',
  'less_than',
  'greater_than_or_equal',
  'less_than_or_equal',
  'in',
  'not_in',
] as const;

/** A field that `FilterGroups` takes, and how it can be compared. */
export interface FilterField {
  readonly name: string;
  readonly kind: 'text' | 'date' | 'number';
  readonly operators: readonly string[];
}

export function describeFilterFields(): readonly FilterField[] {
  return [
    ...textFields.map((name) => ({ name, kind: 'text' as const, operators: textOperators })),
    ...dateFields.map((name) => ({ name, kind: 'date' as const, operators: orderedOperators })),
    ...numberFields.map((name) => ({ name, kind: 'number' as const, operators: orderedOperators })),
  ];
}
