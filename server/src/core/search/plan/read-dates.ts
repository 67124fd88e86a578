import type { Condition, DateField } from '../filter.ts';
import { parseInstant } from '../parse-instant.ts';
import type { GuessedFilter } from './search-plan.ts';

const months = 'january february march april may june july august september october november december'.split(' ');
const weekdays = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');
const numbers = 'zero one two three four five six seven eight nine ten eleven twelve'.split(' ');
const monthPattern = months.map((name) => `${name}|${name.slice(0, 3)}`).join('|');
const numberPattern = `\\d{1,3}|${numbers.slice(1).join('|')}|a few|few|a couple of`;

/** Said of when something was written, wherever it stands in the question. */
const spoken = [
  'yesterday',
  `(?:this|last|past|previous)\\s+(?:week|month|quarter|year)`,
  `(?:last|past|previous)\\s+(?:${numberPattern})\\s+(?:hours?|days?|weeks?|months?|years?)`,
].join('|');
/** What may as well be the subject ("the war of 1812", "may"), unless a word before it says that it is a bound. */
const written = [
  '\\d{4}-\\d{2}-\\d{2}',
  `(?:${monthPattern})\\.?(?:\\s+\\d{1,2}(?:st|nd|rd|th)?)?(?:,?\\s+\\d{4})?`,
  `(?:last\\s+)?(?:${weekdays.join('|')})`,
  '(?:19|20)\\d{2}',
].join('|');

const patterns = [
  new RegExp(
    `\\b(?:(?<bound>since|after|before|until|from|in|during|over|within|of)\\s+)?(?:the\\s+)?(?<span>${spoken})\\b(?!-)`,
    'iu',
  ),
  new RegExp(`\\b(?<bound>since|after|before|until)\\s+(?<span>${written})\\b(?!-)`, 'iu'),
  /\b(?<bound>on)\s+(?<span>\d{4}-\d{2}-\d{2})\b/iu,
  /\b(?:from|since|created|updated|changed|edited|modified|written|posted|sent|added)\s+(?<span>today)\b/iu,
];

/** From, inclusive, to, exclusive. */
interface Span {
  readonly from: Date;
  readonly to: Date;
}

/**
 * Reads when something was made or changed: "last week", "yesterday", "since March", "before 2025-06-01", "past 10 days".
 * Weeks begin on Monday; a month or weekday without a year is the latest one that has begun. In UTC.
 *
 * @returns the filter, and the question without its words; undefined when it says nothing about time
 */
export function readDates(
  question: string,
  now: Date,
): { readonly filter: GuessedFilter; readonly rest: string } | undefined {
  for (const pattern of patterns) {
    const match = pattern.exec(question);
    const span = match?.groups?.span === undefined ? undefined : toSpan(match.groups.span.toLowerCase(), now);
    if (match === null || span === undefined) continue;
    const rest = `${question.slice(0, match.index)} ${question.slice(match.index + match[0].length)}`;
    const range = toRange(match.groups?.bound?.toLowerCase(), span);
    const filter = (['updated_at', 'created_at'] as const).map((field) => toConditions(field, range));
    return { filter: { kind: 'date', text: match[0].trim(), filter }, rest };
  }
  return undefined;
}

/** `after` includes the day or month that it names: some mean it so, and one result too many is better than one too few. */
function toRange(bound: string | undefined, span: Span): Partial<Span> {
  if (bound === 'since' || bound === 'after') return { from: span.from };
  if (bound === 'before') return { to: span.from };
  if (bound === 'until') return { to: span.to };
  return span;
}

function toConditions(field: DateField, { from, to }: Partial<Span>): readonly Condition[] {
  return [
    ...(from === undefined ? [] : [{ field, operator: 'greater_than_or_equal' as const, value: from }]),
    ...(to === undefined ? [] : [{ field, operator: 'less_than' as const, value: to }]),
  ];
}

function toSpan(text: string, now: Date): Span | undefined {
  const words = text.replaceAll(/[.,]/g, '').split(/\s+/);
  const today = dayOf(now);
  if (text === 'today') return days(today, 0, 1);
  if (text === 'yesterday') return days(today, -1, 0);
  if (/^\d{4}-/.test(text)) {
    const day = parseInstant(text);
    return day && days(day, 0, 1);
  }
  if (/^\d{4}$/.test(text)) return { from: utc(Number(text), 0, 1), to: utc(Number(text) + 1, 0, 1) };
  const weekday = weekdays.indexOf(words.at(-1) ?? '');
  if (weekday !== -1) {
    const ago = (today.getUTCDay() - weekday + 7) % 7;
    return days(today, -ago, 1 - ago);
  }
  const month = months.findIndex((name) => words[0] === name || words[0] === name.slice(0, 3));
  if (month !== -1) return toMonthOrDay(month, words.slice(1), now);
  const unit = words.at(-1)?.replace(/s$/, '') ?? '';
  if (words.length === 2) return calendarUnit(words[0] ?? '', unit, now);
  return { from: back(now, countOf(words.slice(1, -1)), unit), to: new Date(now.getTime() + 1) };
}

function toMonthOrDay(month: number, rest: readonly string[], now: Date): Span | undefined {
  const year = rest.find((word) => /^\d{4}$/.test(word));
  const day = rest.find((word) => /^\d{1,2}(st|nd|rd|th)?$/.test(word));
  const dayNumber = day === undefined ? 1 : Number.parseInt(day, 10);
  const latest = utc(now.getUTCFullYear(), month, dayNumber) <= now ? now.getUTCFullYear() : now.getUTCFullYear() - 1;
  const from = utc(year === undefined ? latest : Number(year), month, dayNumber);
  if (from.getUTCMonth() !== month) return undefined;
  return day === undefined ? { from, to: utc(from.getUTCFullYear(), month + 1, 1) } : days(from, 0, 1);
}

/** "this month" is not over yet; "last" and "previous" are the one before it; "past" counts back from now. */
function calendarUnit(which: string, unit: string, now: Date): Span {
  if (which === 'past') return { from: back(now, 1, unit), to: new Date(now.getTime() + 1) };
  const start = (offset: number): Date => {
    const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
    if (unit === 'year') return utc(year + offset, 0, 1);
    if (unit === 'quarter') return utc(year, month - (month % 3) + offset * 3, 1);
    if (unit === 'month') return utc(year, month + offset, 1);
    const sinceMonday = (now.getUTCDay() + 6) % 7;
    return days(dayOf(now), offset * 7 - sinceMonday, 0).from;
  };
  return which === 'this' ? { from: start(0), to: start(1) } : { from: start(-1), to: start(0) };
}

function countOf(words: readonly string[]): number {
  const text = words.join(' ');
  if (text.endsWith('few')) return 4;
  if (text === 'a couple of') return 2;
  const named = numbers.indexOf(text);
  return named === -1 ? Number(text) : named;
}

function back(now: Date, count: number, unit: string): Date {
  const date = new Date(now);
  if (unit === 'hour') date.setUTCHours(date.getUTCHours() - count);
  else if (unit === 'day') date.setUTCDate(date.getUTCDate() - count);
  else if (unit === 'week') date.setUTCDate(date.getUTCDate() - count * 7);
  else if (unit === 'year') date.setUTCFullYear(date.getUTCFullYear() - count);
  else date.setUTCMonth(date.getUTCMonth() - count * (unit === 'quarter' ? 3 : 1));
  return date;
}

function days(day: Date, fromOffset: number, toOffset: number): Span {
  const at = (offset: number) => new Date(day.getTime() + offset * 86_400_000);
  return { from: at(fromOffset), to: at(toOffset) };
}

function dayOf(date: Date): Date {
  return utc(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
}

function utc(year: number, month: number, day: number): Date {
  return new Date(Date.UTC(year, month, day));
}
