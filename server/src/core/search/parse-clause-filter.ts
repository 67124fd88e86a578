import { AppError } from '../shared/index.ts';
import type { Filter } from './filter.ts';
import { allOf, atLeast, type Groups, TooManyGroups, toFilter } from './filter-algebra.ts';
import { nearestName } from './nearest-name.ts';
import { type ClauseContext, conditionKeys, isConditionKey, parseClauseCondition } from './parse-clause-condition.ts';

const clauses = ['must', 'must_not', 'should'] as const;
const groupKeys = [...clauses, 'minimum_should_match'] as const;

/** Bounds on what one request may ask of the index, as for `FilterGroups`. */
const maxGroups = 100;
const maxConditions = 100;
const maxValues = 10_000;
const maxDepth = 10;

/**
 * The filter of the older `/search`: an object of `must`, `must_not` and `should`, each a list of conditions or of such objects
 * again, and `minimum_should_match` (default 1 where `should` has entries). All of them have to hold.
 *
 * Unlike the reference: what is not known is refused, never ignored, since a filter that was dropped shows what was to be
 * hidden; and `must_not` keeps out what matches any of its entries, not all of them.
 *
 * @returns undefined when it lets everything through
 * @throws AppError('unprocessable') that names what is wrong, and what was probably meant
 */
export function parseClauseFilter(
  filter: Readonly<Record<string, unknown>>,
  context: ClauseContext,
): Filter | undefined {
  const parsed = withinBounds(() => toFilter(parseGroup(filter, 'filter', context, false, 1)));
  if (parsed === undefined) return undefined;
  const values = parsed.flat().reduce((sum, { value }) => sum + (Array.isArray(value) ? value.length : 1), 0);
  if (parsed.length > maxGroups || parsed.some((group) => group.length > maxConditions) || values > maxValues) {
    throw tooComplex();
  }
  return parsed;
}

function withinBounds<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof TooManyGroups ? tooComplex() : error;
  }
}

function tooComplex(): AppError {
  return new AppError(
    'unprocessable',
    `The filter is too complex: written as alternatives, it may have ${maxGroups} of ${maxConditions} conditions each, and ${maxValues} values in all. Use 'match: {any: […]}' for long lists, or search in several calls.`,
  );
}

/** @param isNegated the group's complement is wanted */
function parseGroup(
  group: Readonly<Record<string, unknown>>,
  path: string,
  context: ClauseContext,
  isNegated: boolean,
  depth: number,
): Groups {
  if (depth > maxDepth) {
    throw new AppError('unprocessable', `The filter is nested more than ${maxDepth} levels deep; write it flatter.`);
  }
  checkKeys(group, path);
  const parseClause = (name: (typeof clauses)[number], isEntryNegated: boolean): readonly Groups[] =>
    readList(group[name], `${path}.${name}`).map((entry, place) =>
      parseEntry(entry, `${path}.${name}.${place}`, context, isEntryNegated, depth + 1),
    );
  const must = parseClause('must', isNegated);
  const mustNot = parseClause('must_not', !isNegated);
  const should = parseClause('should', isNegated);
  const minimum = should.length === 0 ? 0 : readMinimum(group.minimum_should_match, path);
  if (!isNegated) return allOf([...must, ...mustNot, atLeast(minimum, should)]);
  // Not all of them: one that fails is enough. Fewer than m of n hold where at least n - m + 1 fail.
  const fails = should.length === 0 ? [] : [atLeast(should.length - minimum + 1, should)];
  return atLeast(1, [...must, ...mustNot, ...fails]);
}

function parseEntry(entry: unknown, path: string, context: ClauseContext, isNegated: boolean, depth: number): Groups {
  if (!isObject(entry)) {
    throw new AppError('unprocessable', `Invalid filter: '${path}' should be a condition, an object with a 'key'.`);
  }
  const isGroup = Object.keys(entry).some((key) => (groupKeys as readonly string[]).includes(key));
  return isGroup
    ? parseGroup(entry, path, context, isNegated, depth)
    : parseClauseCondition(entry, path, context, isNegated);
}

function checkKeys(group: Readonly<Record<string, unknown>>, path: string): void {
  for (const key of Object.keys(group)) {
    if ((groupKeys as readonly string[]).includes(key)) continue;
    if (isConditionKey(key)) {
      throw new AppError(
        'unprocessable',
        `Invalid filter: '${path}' has a condition where a group belongs. Put it into a list: {"must": [{"key": …}]}.`,
      );
    }
    const nearest = nearestName(key, [...groupKeys, ...conditionKeys]);
    const meant = nearest === undefined ? '' : ` Did you mean '${nearest}'?`;
    const shown = key.slice(0, 50);
    throw new AppError(
      'unprocessable',
      `Invalid filter: '${path}' has the unknown key '${shown}'.${meant} A filter has the keys ${groupKeys.map((name) => `'${name}'`).join(', ')}.`,
    );
  }
}

function readList(value: unknown, path: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new AppError('unprocessable', `Invalid filter: '${path}' should be a list.`);
  if (value.length > maxValues) throw tooComplex();
  return value;
}

function readMinimum(value: unknown, path: string): number {
  if (value === undefined || value === null) return 1;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new AppError(
    'unprocessable',
    `Invalid filter: '${path}.minimum_should_match' should be a whole number, 0 or more.`,
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
