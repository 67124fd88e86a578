import type { GuessedFilter, PlanContext } from './search-plan.ts';

/** Kinds of files by what people call them, and how their names end. */
const fileKinds: readonly (readonly [RegExp, readonly string[]])[] = [
  [/pdfs?/, ['.pdf']],
  [/word (?:documents?|files?)|docx/, ['.docx', '.doc']],
  [/spreadsheets?|excel (?:files?|sheets?)|xlsx/, ['.xlsx', '.xls', '.csv', '.ods']],
  [/presentations?|slide decks?|slides|powerpoints?|pptx/, ['.pptx', '.ppt', '.odp']],
  [/markdown (?:files?|pages?|documents?)/, ['.md']],
];
const aboutWords = 'about|on|regarding|concerning|mentioning|that|which|with|containing|called|named|titled|from|for';
/** What may come before the subject of a request. */
const opening =
  '(?:(?:please|find|show|list|get|give|me|search|for|all|any|every|the|a|an|my|our|latest|newest|most recent|which|what) +)*';

/** Names that say nothing: people call everything so, whatever it is. */
const genericNames = new Set([
  'document',
  'documents',
  'file',
  'files',
  'item',
  'record',
  'content',
  'entity',
  'object',
]);
/** Of more types than these, names are words like any others: each costs a look at the question. */
const maxTypes = 200;
/** Nobody says a longer name, and each is a pattern to look for. */
const maxNameLength = 100;

interface Found {
  readonly filters: readonly GuessedFilter[];
  readonly rest: string;
}

/**
 * Reads which source, class of entity or kind of file is meant: "in slack", "notion pages about", "a pdf about". Only what the
 * collection has and can tell apart: where everything is of one source, its name is a word like any other.
 */
export function readSources(question: string, context: Pick<PlanContext, 'types'>): Found {
  const types = context.types
    .filter(({ sourceName, entityType }) => sourceName.length <= maxNameLength && entityType.length <= maxNameLength)
    .slice(0, maxTypes);
  const bySource = readSource(question, types);
  const byType = readType(bySource.rest, types);
  return { filters: [...bySource.filters, ...byType.filters], rest: byType.rest };
}

function readSource(question: string, types: PlanContext['types']): Found {
  const sources = [...new Set(types.map(({ sourceName }) => sourceName))];
  if (sources.length < 2) return { filters: [], rest: question };
  for (const source of sources.filter((name) => !genericNames.has(name)).toSorted((a, b) => b.length - a.length)) {
    const name = wordsPattern(source.split(/[_-]/));
    const nouns = types
      .filter((type) => type.sourceName === source)
      .map(nounOf)
      .filter((noun) => noun !== '');
    const ofSource = new RegExp(`\\b(?:in|on|from|within|via|inside) +(?:the +|our +|my +)?${name}\\b(?! *[-/])`, 'iu');
    // "slack messages": the name goes, the noun stays to be read as a type.
    const asAdjective = new RegExp(`\\b${name}(?= +(?:${nouns.map(pluralPattern).join('|')})\\b)`, 'iu');
    const match = ofSource.exec(question) ?? asAdjective.exec(question);
    if (match === null) continue;
    const field = 'airweave_system_metadata.source_name';
    return {
      filters: [{ kind: 'source', text: match[0], filter: [[{ field, operator: 'equals', value: source }]] }],
      rest: cut(question, match),
    };
  }
  return { filters: [], rest: question };
}

function readType(question: string, types: PlanContext['types']): Found {
  for (const [kind, endings] of fileKinds) {
    const match = new RegExp(`^ *${opening}(?<noun>${kind.source})\\b(?= +(?:${aboutWords})\\b)`, 'iu').exec(question);
    if (match === null) continue;
    const filter = endings.flatMap((ending) =>
      (['name', 'airweave_system_metadata.original_entity_id'] as const).map((field) => [
        { field, operator: 'contains' as const, value: ending },
      ]),
    );
    const text = match.groups?.noun ?? match[0];
    return { filters: [{ kind: 'type', text, filter }], rest: cutNoun(question, match) };
  }
  const entityTypes = [...new Set(types.map(({ entityType }) => entityType))];
  if (entityTypes.length < 2) return { filters: [], rest: question };
  for (const noun of new Set(types.map(nounOf))) {
    const start = `^ *${opening}(?<noun>${pluralPattern(noun)})\\b(?= +(?:${aboutWords})\\b)`;
    const match = noun === '' || genericNames.has(noun) ? null : new RegExp(start, 'iu').exec(question);
    if (match === null) continue;
    const value = [...new Set(types.filter((type) => nounOf(type) === noun).map(({ entityType }) => entityType))];
    const field = 'airweave_system_metadata.entity_type';
    const text = match.groups?.noun ?? match[0];
    return {
      filters: [{ kind: 'type', text, filter: [[{ field, operator: 'in', value }]] }],
      rest: cutNoun(question, match),
    };
  }
  return { filters: [], rest: question };
}

type SeenType = PlanContext['types'][number];

/** `SlackMessageEntity` of `slack` is a message, `GoogleDriveFileEntity` of `google_drive` a file. */
function nounOf({ sourceName, entityType }: SeenType): string {
  const bare = entityType.replace(/Entity$/, '');
  const prefix = sourceName.replaceAll(/[_-]/g, '').toLowerCase();
  const own = bare.toLowerCase().startsWith(prefix) ? bare.slice(prefix.length) : bare;
  return own.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').toLowerCase();
}

function pluralPattern(noun: string): string {
  const escaped = wordsPattern(noun.split(' '));
  return noun.endsWith('y') ? `(?:${escaped}|${escaped.slice(0, -1)}ies)` : `${escaped}(?:e?s)?`;
}

function wordsPattern(words: readonly string[]): string {
  return words.map((word) => word.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('[ _-]*');
}

function cut(question: string, match: RegExpExecArray): string {
  return `${question.slice(0, match.index)} ${question.slice(match.index + match[0].length)}`;
}

/** The noun and what leads to it go, and the word that joins it to its subject. */
function cutNoun(question: string, match: RegExpExecArray): string {
  return question.slice(match[0].length).replace(/^ +(?:about|on|regarding|concerning|mentioning)\b/iu, '');
}
