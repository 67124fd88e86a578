import { dateFields, numberFields, orderOperators, textFields } from './filter.ts';
import { ownFieldPrefix } from './own-fields.ts';
import type { SeenField } from './search-store.ts';

const textOperators = ['equals', 'not_equals', 'contains', 'in', 'not_in'] as const;
const orderedOperators = ['equals', 'not_equals', ...orderOperators, 'in', 'not_in'] as const;

/** A field that `FilterGroups` takes, and how it can be compared. */
export interface FilterField {
  readonly name: string;
  readonly kind: 'text' | 'date' | 'number';
  readonly operators: readonly string[];
}

export function describeFilterFields(): readonly FilterField[] {
  return [
    ...textFields.map((name) => ({
      name,
      kind: 'text' as const,
      operators: name.startsWith('breadcrumbs.') ? [...textOperators, 'exists'] : textOperators,
    })),
    ...dateFields.map((name) => ({ name, kind: 'date' as const, operators: [...orderedOperators, 'exists'] })),
    ...numberFields.map((name) => ({ name, kind: 'number' as const, operators: orderedOperators })),
  ];
}

/** How a filter names one of the sources' own fields, and the operators that make sense with its types of values. */
export function describeOwnField({ name, types }: Pick<SeenField, 'name' | 'types'>): {
  readonly filterName: string;
  readonly operators: readonly string[];
} {
  const has = (type: string) => types.includes(type);
  const hasValues = has('string') || has('number') || has('boolean');
  return {
    filterName: `${ownFieldPrefix}${name}`,
    operators: [
      ...(hasValues ? ['equals', 'not_equals'] : []),
      ...(has('string') ? ['contains'] : []),
      ...(has('string') || has('number') ? orderOperators : []),
      ...(hasValues ? ['in', 'not_in'] : []),
      'exists',
    ],
  };
}
