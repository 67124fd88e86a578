import { describe, expect, test } from 'vitest';
import { planByRules } from './plan-by-rules.ts';

/** A Tuesday. */
const now = new Date('2026-11-24T10:30:00Z');
const types = [
  { sourceName: 'slack', entityType: 'SlackMessageEntity' },
  { sourceName: 'google_drive', entityType: 'GoogleDriveFileEntity' },
  { sourceName: 'notion', entityType: 'NotionPageEntity' },
  { sourceName: 'documents', entityType: 'DocumentEntity' },
  { sourceName: 'zendesk', entityType: 'ZendeskTicketEntity' },
];
const plan = (question: string) => planByRules(question, { now, types });

/** What was read as restrictions, in short. */
function filtersOf(question: string): readonly string[] {
  return plan(question).filters.map(({ text, filter }) => {
    const [first = []] = filter;
    const values = first.map(({ value }) => (value instanceof Date ? value.toISOString().slice(0, 10) : String(value)));
    return `${text}: ${values.join(' to ')}`;
  });
}

describe('planByRules', () => {
  test.each([
    'how do I connect a folder',
    'what is the effect of sweep on the flow over a wing',
    'can we go without a contract in the first year',
    'why does the importer not work',
    'the war of 1812',
    'revenue in 2023',
    'may I take a day off in march',
    'is a well-known e-mail address -5 degrees cold',
    'what are documents in a collection',
    'documents about insurance',
    'which files in documents are new',
    'convert a pdf to a spreadsheet',
    'Notion of time in physics',
    'slack in the supply chain',
    "'; drop table documents --",
    '🚀',
    'ما هي السياسة',
    'what does ENOSPC mean',
    'the march of progress since the beginning',
    'flow without separation at high speed',
  ])('leaves alone what says nothing to plan by: %s', (question) => {
    expect(plan(question)).toEqual({
      strategy: 'hybrid',
      query: question,
      variations: [],
      filters: [],
      phrases: [],
      exclusions: [],
      order: 'relevance',
    });
  });

  test.each([
    ['what did we decide yesterday', 'yesterday: 2026-11-23 to 2026-11-24', 'what did we decide'],
    ['budget from last week', 'from last week: 2026-11-16 to 2026-11-23', 'budget'],
    ['budget since last week', 'since last week: 2026-11-16', 'budget'],
    ['budget this month', 'this month: 2026-11-01 to 2026-12-01', 'budget'],
    ['budget in the last quarter', 'in the last quarter: 2026-07-01 to 2026-10-01', 'budget'],
    ['budget of last year', 'of last year: 2025-01-01 to 2026-01-01', 'budget'],
    ['budget over the past 10 days', 'over the past 10 days: 2026-11-14 to 2026-11-24', 'budget'],
    ['budget of the last two months', 'of the last two months: 2026-09-24 to 2026-11-24', 'budget'],
    ['decisions since March', 'since March: 2026-03-01', 'decisions'],
    ['decisions since december', 'since december: 2025-12-01', 'decisions'],
    ['decisions after March 2024', 'after March 2024: 2024-03-01', 'decisions'],
    ['decisions before Jun 5th, 2026', 'before Jun 5th, 2026: 2026-06-05', 'decisions'],
    ['decisions until 2026-06-05', 'until 2026-06-05: 2026-06-06', 'decisions'],
    ['decisions on 2026-06-05', 'on 2026-06-05: 2026-06-05 to 2026-06-06', 'decisions'],
    ['decisions since monday', 'since monday: 2026-11-23', 'decisions'],
    ['decisions since tuesday', 'since tuesday: 2026-11-24', 'decisions'],
    ['decisions since 2024', 'since 2024: 2024-01-01', 'decisions'],
    ['notes written today', 'written today: 2026-11-24 to 2026-11-25', 'notes'],
  ])('reads dates: %s', (question, filter, query) => {
    expect(filtersOf(question)).toEqual([filter]);
    expect(plan(question).query).toBe(query);
  });

  test('takes a date for when something was made or changed', () => {
    expect(plan('x since 2026-01-31').filters[0]?.filter).toEqual([
      [{ field: 'updated_at', operator: 'greater_than_or_equal', value: new Date('2026-01-31') }],
      [{ field: 'created_at', operator: 'greater_than_or_equal', value: new Date('2026-01-31') }],
    ]);
  });

  test('makes no date of days that do not exist', () => {
    expect(filtersOf('x since 2026-02-30')).toEqual([]);
    expect(filtersOf('x since february 31')).toEqual([]);
  });

  test.each([
    ['who owns billing in slack', ['in slack: slack'], 'who owns billing'],
    ['roadmap from Google Drive', ['from Google Drive: google_drive'], 'roadmap'],
    ['slack messages about billing', ['slack: slack', 'messages: SlackMessageEntity'], 'billing'],
    ['tickets about refunds', ['tickets: ZendeskTicketEntity'], 'refunds'],
    ['show me all pages with a budget', ['pages: NotionPageEntity'], 'with a budget'],
    ['pdf about insurance', ['pdf: .pdf'], 'insurance'],
    ['find the PDFs about insurance', ['PDFs: .pdf'], 'insurance'],
    ['slack messages from last week', ['from last week: 2026-11-16 to 2026-11-23', 'slack: slack'], 'messages'],
  ])('reads sources and types: %s', (question, filters, query) => {
    expect(filtersOf(question)).toEqual(filters);
    expect(plan(question).query).toBe(query);
  });

  test('knows no source where there is nothing to choose from', () => {
    const one = [{ sourceName: 'slack', entityType: 'SlackMessageEntity' }];
    expect(planByRules('messages about billing in slack', { now, types: one }).filters).toEqual([]);
  });

  test('takes names of types as they are, whatever characters they have', () => {
    const odd = ['a(b*c', '[x', 'Entity', '', '\\'].map((entityType) => ({ sourceName: 'odd.source+', entityType }));
    expect(() => planByRules('odd things about x in odd.source+', { now, types: [...odd, ...types] })).not.toThrow();
  });

  test.each([
    ['"annual report"', 'keyword', ['annual report'], 'annual report'],
    ['“annual report”', 'keyword', ['annual report'], 'annual report'],
    ['who signed the "annual  report" in slack', 'hybrid', ['annual report'], 'who signed the annual report in slack'],
    ['5" pipe and 6" pipe', 'hybrid', [], '5" pipe and 6" pipe'],
    ['"latest news"', 'keyword', ['latest news'], 'latest news'],
  ])('reads quotes: %s', (question, strategy, phrases, query) => {
    expect(plan(question)).toMatchObject({ strategy, phrases, query, filters: [], order: 'relevance' });
  });

  test.each([
    'ENOSPC',
    'WEFT-1234',
    '#4711',
    '9f8c2d1e',
    '123e4567-e89b-12d3-a456-426614174000',
    'MAX_TOKENS',
    'getUserById',
    'getUserById()',
    'core/search/filter.ts',
    'std::vector',
    'snake_case_name',
    'AB-12-x9',
    'WEFT-1234 WEFT-1235',
  ])('looks up codes by words alone: %s', (question) => expect(plan(question).strategy).toBe('keyword'));

  test.each(['budget', 'NASA', 'facade', '2024', 'well-known', 'defaced effaced', 'TODO'])(
    'takes words for words: %s',
    (question) => expect(plan(question).strategy).toBe('hybrid'),
  );

  test.each([
    ['budget -travel', [{ words: 'travel', effect: 'remove' }], 'budget'],
    ['budget -"business travel"', [{ words: 'business travel', effect: 'remove' }], 'budget'],
    ['budget but not travel', [{ words: 'travel', effect: 'demote' }], 'budget but not travel'],
    ['budget, not about travel', [{ words: 'travel', effect: 'demote' }], 'budget, not about travel'],
    ['coffee without sugar', [{ words: 'sugar', effect: 'demote' }], 'coffee without sugar'],
    ['coffee excluding sugar, please', [{ words: 'sugar', effect: 'demote' }], 'coffee excluding sugar, please'],
  ])('reads what is not wanted: %s', (question, exclusions, query) => {
    expect(plan(question)).toMatchObject({ exclusions, query });
  });

  test.each([
    ['latest budget', 'budget'],
    ['the most recent minutes of the board', 'minutes of the board'],
    ['newest slack messages about billing', 'billing'],
  ])('reads the order: %s', (question, query) => expect(plan(question)).toMatchObject({ order: 'newest', query }));

  test('keeps something to search for', () => {
    expect(plan('in slack').query).toBe('in slack');
    expect(plan('latest').query).toBe('latest');
    expect(plan('-travel').query).toBe('-travel');
  });

  test('takes no time over long or strange questions', () => {
    const startedAt = performance.now();
    for (const part of ['show me all the ', '"', '-a ', 'last 9 ', '(((', 'in slack ', ' '.repeat(50), 'a.b/c::']) {
      plan(part.repeat(1000).slice(0, 500).trim() || 'x');
      plan(part.repeat(4000));
    }
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});
