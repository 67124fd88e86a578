import { FilterGroups } from '../parse-filter.ts';
import { SearchQuery } from '../search-query.ts';
import type { Exclusion, GuessedFilter, SearchPlan } from './search-plan.ts';
import type { WrittenPlan } from './written-plan.ts';

/** What is read of a written plan; the rest of it is left. */
const maxVariations = 3;
const maxFilters = 5;
const maxGroups = 10;
const maxConditions = 10;
const maxValues = 50;
const maxWords = 5;
/** Characters of a query; a longer one is no query. */
const maxQueryLength = 500;
const maxWordsLength = 200;

export interface ReadPlan {
  readonly plan: SearchPlan;
  /** Words of the restrictions that were refused, at most 5. */
  readonly refused: readonly string[];
  /** The model said nothing that could be used. */
  readonly isEmpty: boolean;
}

/**
 * What of a model's plan may be used. A model may be wrong, and it may have read instructions in a name or in the question; so
 * its plan is a guess beside the question, which keeps its own words as the query and whatever its writer wrote as an operator:
 * quotes and `-word` (`rules`). Restrictions, phrases and exclusions must come from words that the question has, and a filter
 * must be one that the API would take. Nothing here can remove a condition, only add some; exclusions only go last.
 */
export function readWrittenPlan(written: WrittenPlan, question: string, rules: SearchPlan): ReadPlan {
  const asked = comparable(question);
  const has = (words: string) => {
    const wanted = comparable(words);
    return wanted !== '' && words.length <= maxWordsLength && ` ${asked} `.includes(` ${wanted} `);
  };
  const candidates = [written.query, ...written.variations.slice(0, maxVariations)];
  const filters: GuessedFilter[] = [];
  const refused: string[] = [];
  for (const { words, groups } of written.filters.slice(0, maxFilters)) {
    const filter = has(words) ? readFilter(groups) : undefined;
    if (filter === undefined) refused.push(printable(words));
    else filters.push({ kind: 'model', text: words.trim(), filter });
  }
  const phrases = [...new Set([...rules.phrases, ...written.phrases.slice(0, maxWords).filter(has)])];
  const own = rules.exclusions.filter(({ effect }) => effect === 'remove');
  const more = written.excluded
    .slice(0, maxWords)
    .filter((words) => has(words) && !own.some((exclusion) => exclusion.words === words))
    .map((words): Exclusion => ({ words, effect: 'demote' }));
  // Words that the rules took for a restriction, and the model did not, are part of the subject.
  const query = filters.length > 0 ? rules.query : [rules.query, ...rules.filters.map(({ text }) => text)].join(' ');
  const plan: SearchPlan = {
    // Quoted words and codes alone are looked up as they are, whatever the model thinks of them.
    strategy: rules.strategy === 'keyword' ? 'keyword' : written.strategy,
    query,
    variations: readQueries(candidates, query),
    filters,
    phrases,
    exclusions: [...own, ...more],
    order: written.order,
  };
  const isEmpty = !candidates.some((query) => /[\p{L}\p{N}\p{S}]/u.test(query)) && filters.length === 0;
  return { plan, refused, isEmpty };
}

function readQueries(candidates: readonly string[], asked: string): readonly string[] {
  const known = new Set([comparable(asked)]);
  return candidates.flatMap((candidate) => {
    const query = SearchQuery.safeParse(candidate.slice(0, maxQueryLength + 1));
    if (!query.success || query.data.length > maxQueryLength) return [];
    const words = comparable(query.data);
    if (words === '' || known.has(words)) return [];
    known.add(words);
    return [query.data];
  });
}

function readFilter(groups: WrittenPlan['filters'][number]['groups']) {
  const isTooLarge =
    groups.length > maxGroups ||
    groups.some(
      ({ conditions }) =>
        conditions.length > maxConditions ||
        conditions.some(({ value }) => (Array.isArray(value) ? value.length > maxValues : String(value).length > 500)),
    );
  return isTooLarge ? undefined : FilterGroups.safeParse(groups).data;
}

/** To compare words by: in one case, without marks between them. */
function comparable(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{S}]+/gu, ' ')
    .trim();
}

/** For the answer: one line, not long. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, maxWordsLength);
}
