import type { RetrievalStrategy } from '../search-collection.ts';
import { readDates } from './read-dates.ts';
import { readExclusions } from './read-exclusions.ts';
import { readSources } from './read-sources.ts';
import type { PlanContext, SearchPlan } from './search-plan.ts';

/** More is a text to be found again, not a question with a plan in it, and the rules' time stays bounded. */
const maxQuestionLength = 500;

/**
 * Plans a search without a language model: quoted words become phrases, names of sources and types and dates become filters,
 * `-word` and "without" exclusions, "latest" an order; codes are looked up by words alone. Whatever is not recognised stays in
 * the query as it is, so most questions are searched for as they were asked.
 */
export function planByRules(question: string, context: PlanContext): SearchPlan {
  const asked: SearchPlan = {
    strategy: 'hybrid',
    query: question,
    variations: [],
    filters: [],
    phrases: [],
    exclusions: [],
    order: 'relevance',
  };
  if (question.length > maxQuestionLength) return asked;
  const { exclusions, rest: wanted } = readExclusions(question);
  const { phrases, rest: unquoted } = readPhrases(wanted);
  const { isNewest, rest: unordered } = readOrder(unquoted, phrases);
  // Words in quotes are looked for as they are: they name no source and no date.
  const dates = phrases.length > 0 ? undefined : readDates(unordered, context.now);
  const undated = dates?.rest ?? unordered;
  const sources = phrases.length > 0 ? { filters: [], rest: undated } : readSources(undated, context);
  const rest = tidy(sources.rest);
  return {
    strategy: strategyFor(rest, phrases),
    query: hasWords(rest) ? rest : tidy(hasWords(unquoted) ? unquoted : question),
    variations: [],
    filters: [...(dates === undefined ? [] : [dates.filter]), ...sources.filters],
    phrases,
    exclusions,
    order: isNewest ? 'newest' : 'relevance',
  };
}

const quoted = /(?<![\p{L}\p{N}])(?:"(?<plain>[^"]{2,200})"|“(?<curly>[^”]{2,200})”)(?![\p{L}\p{N}])/gu;

function readPhrases(question: string): { readonly phrases: readonly string[]; readonly rest: string } {
  const phrases: string[] = [];
  const rest = question.replaceAll(quoted, (_match, plain?: string, curly?: string) => {
    const phrase = tidy(plain ?? curly ?? '');
    if (phrase !== '') phrases.push(phrase);
    return ` ${phrase} `;
  });
  return { phrases, rest };
}

const newest = /\b(?:the\s+)?(?:latest|newest|most\s+recent)\b/iu;

function readOrder(
  question: string,
  phrases: readonly string[],
): { readonly isNewest: boolean; readonly rest: string } {
  if (phrases.some((phrase) => newest.test(phrase)) || !newest.test(question))
    return { isNewest: false, rest: question };
  return { isNewest: true, rest: question.replace(newest, ' ') };
}

const codes = [
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  /^[A-Z][A-Z0-9]{1,15}-\d{1,8}$/, // a ticket
  /^#\d{1,9}$/,
  /^(?=.*\d)[0-9a-f]{7,64}$/i, // a hash
  /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/, // A_CONSTANT
  /^E[A-Z]{4,}$/, // an error of the operating system
  /^[\w$]+(?:(?:\.|::|->|\/)[\w$]+)+(?:\(\))?$/, // a path, a member
  /^[a-z]+(?:[A-Z][a-z0-9]*)+(?:\(\))?$/, // camelCase
  /^\w+\(\)$/,
  /^[a-z0-9]+(?:_[a-z0-9]+)+$/, // snake_case
  /^(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)+$/, // a part number
];

/** Words alone where meaning says nothing: everything asked for is a code or in quotes. */
function strategyFor(rest: string, phrases: readonly string[]): RetrievalStrategy {
  if (phrases.length > 0) {
    const others = phrases.reduce((text, phrase) => text.replace(phrase, ' '), rest);
    return hasWords(others) ? 'hybrid' : 'keyword';
  }
  const words = rest.split(' ');
  const isLookup = words.length <= 3 && words.every((word) => codes.some((code) => code.test(word)));
  return isLookup ? 'keyword' : 'hybrid';
}

function hasWords(text: string): boolean {
  return /[\p{L}\p{N}\p{S}]/u.test(text);
}

function tidy(text: string): string {
  return text.replaceAll(/\s+/gu, ' ').trim();
}
