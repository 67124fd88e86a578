import { expect, test } from 'vitest';
import { describeFilterFields } from './describe-filter-fields.ts';
import { FilterGroups } from './parse-filter.ts';

const operators = new Set(describeFilterFields().flatMap((field) => field.operators));
const values = { text: 'x', date: '2026-01-31', number: 3 } as const;

test.each(describeFilterFields())(
  'says of $name exactly which operators a filter takes',
  ({ name, kind, ...field }) => {
    const accepted = [...operators].filter((operator) => {
      const isList = operator === 'in' || operator === 'not_in';
      const value = isList ? [values[kind]] : operator === 'exists' ? true : values[kind];
      return FilterGroups.safeParse([{ conditions: [{ field: name, operator, value }] }]).success;
    });
    expect(accepted.toSorted()).toEqual(field.operators.toSorted());
  },
);
