const steps = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];
const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const exact = new Intl.DateTimeFormat('en', { dateStyle: 'full', timeStyle: 'long' });

/** `1 document`, `1,204 documents`. */
export function countOf(count, singular, plural = `${singular}s`) {
  return `${count.toLocaleString('en')} ${count === 1 ? singular : plural}`;
}

/** Milliseconds since 1970, NaN when it is no date. Times without an offset are UTC. */
export function parseTime(iso) {
  if (typeof iso !== 'string') return Number.NaN;
  return Date.parse(/T/.test(iso) && !/(?:z|[+-]\d{2}:?\d{2})$/i.test(iso) ? `${iso}Z` : iso);
}

/** `5 minutes ago`, `yesterday`; empty when it is no date. */
export function toRelativeTime(iso, now = Date.now()) {
  const time = parseTime(iso);
  if (Number.isNaN(time)) return '';
  const seconds = (time - now) / 1000;
  const step = steps.find(([, length]) => Math.abs(seconds) >= length);
  return step === undefined ? 'just now' : words.format(Math.trunc(seconds / step[1]), step[0]);
}

/** The same moment exact, in the person's time zone, for titles. */
export function toExactTime(iso) {
  const time = parseTime(iso);
  return Number.isNaN(time) ? '' : exact.format(time);
}
