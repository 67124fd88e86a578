import { type Condition, type Filter, isOwnCondition, isOwnRange } from './filter.ts';

/*
 * Any nesting of AND, OR and NOT becomes groups joined by OR: NOT goes down to the conditions, whose complements are
 * conditions again, and AND multiplies out. No groups match nothing, a group without conditions matches everything.
 */

export type Groups = readonly (readonly Condition[])[];

export const nothing: Groups = [];
export const everything: Groups = [[]];

/** Groups that an expression may have while it is multiplied out. */
const maxGroupsOnTheWay = 1000;

/** An expression that has more groups than an index can be asked for. */
export class TooManyGroups extends Error {}

export function allOf(parts: readonly Groups[]): Groups {
  return parts.reduce((left, right) => {
    if (left.length * right.length > maxGroupsOnTheWay) throw new TooManyGroups();
    return left.flatMap((group) => right.map((other) => [...group, ...other]));
  }, everything);
}

export function anyOf(parts: readonly Groups[]): Groups {
  const groups = joinAlternatives(parts.flat());
  if (groups.length > maxGroupsOnTheWay) throw new TooManyGroups();
  return groups.some((group) => group.length === 0) ? everything : groups;
}

/** Where at least `count` of the parts hold. */
export function atLeast(count: number, parts: readonly Groups[]): Groups {
  if (count <= 0) return everything;
  if (count > parts.length) return nothing;
  if (count === 1) return anyOf(parts);
  if (count === parts.length) return allOf(parts);
  // Row by row of Pascal's triangle: at[n] holds where at least n of the parts so far do.
  let at: readonly Groups[] = [everything];
  for (const part of parts) {
    at = Array.from({ length: Math.min(at.length + 1, count + 1) }, (_, n) =>
      n === 0 ? everything : anyOf([at[n] ?? nothing, allOf([at[n - 1] ?? nothing, part])]),
    );
  }
  return at[count] ?? nothing;
}

/** As a filter of the index; undefined when it matches everything. */
export function toFilter(groups: Groups): Filter | undefined {
  if (groups.some((group) => group.length === 0)) return undefined;
  return groups.length === 0 ? [[{ field: 'entity_id', operator: 'in', value: [] }]] : groups;
}

/** What has a complement that is a condition too: all but `contains`. */
export type Negatable = Condition & { readonly operator: Exclude<Condition['operator'], 'contains'> };

const complements = {
  equals: 'not_equals',
  not_equals: 'equals',
  in: 'not_in',
  not_in: 'in',
  greater_than: 'less_than_or_equal',
  less_than_or_equal: 'greater_than',
  less_than: 'greater_than_or_equal',
  greater_than_or_equal: 'less_than',
} as const satisfies Partial<Record<Condition['operator'], Condition['operator']>>;

/** Where a condition does not hold, which for ranges includes that there is no value. */
export function complementOf(condition: Negatable): Groups {
  if (condition.operator === 'exists') return [[{ ...condition, value: !condition.value }]];
  if (isOwnCondition(condition) && isOwnRange(condition)) {
    const { isNegated, ...range } = condition;
    return [[isNegated === true ? range : { ...range, isNegated: true }]];
  }
  const operator = complements[condition.operator];
  // An operator and its complement are of one kind: they belong to the same fields and values.
  const complement = { ...condition, operator } as Condition;
  const isRange = operator.startsWith('greater') || operator.startsWith('less');
  if (!isRange || (condition.field !== 'created_at' && condition.field !== 'updated_at')) return [[complement]];
  return [[complement], [{ field: condition.field, operator: 'exists', value: false }]];
}

/** `a = 1 OR a = 2` as `a in (1, 2)`, which an index answers faster, and which keeps products small. */
function joinAlternatives(groups: Groups): Groups {
  const values = new Map<string, string[]>();
  const joined: (readonly Condition[])[] = [];
  for (const group of groups) {
    const [condition, second] = group;
    if (condition === undefined || second !== undefined || !isPositiveText(condition)) {
      joined.push(group);
      continue;
    }
    const written = typeof condition.value === 'string' ? [condition.value] : condition.value;
    const known = values.get(condition.field);
    if (known === undefined) {
      const list = [...written];
      values.set(condition.field, list);
      joined.push([{ field: condition.field, operator: 'in', value: list }]);
    } else known.push(...written.filter((value) => !known.includes(value)));
  }
  return joined;
}

type PositiveText = Extract<Condition, { readonly value: string | readonly string[] }> & {
  readonly operator: 'equals' | 'in';
};

function isPositiveText(condition: Condition): condition is PositiveText {
  const { operator, value } = condition;
  if (operator === 'equals') return typeof value === 'string';
  return operator === 'in' && value.some((item) => typeof item === 'string');
}
