const steps = [
  { unit: 'year', seconds: 365 * 86_400 },
  { unit: 'month', seconds: 30 * 86_400 },
  { unit: 'week', seconds: 7 * 86_400 },
  { unit: 'day', seconds: 86_400 },
  { unit: 'hour', seconds: 3600 },
  { unit: 'minute', seconds: 60 },
] as const;
const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/**
 * `5 minutes ago`, `yesterday`, `in 2 hours`; `just now` under a minute; empty for null or what is no date.
 *
 * @param iso ISO 8601; without an offset it is UTC, as the API's older clients expect
 */
export function toRelativeTime(iso: string | null | undefined, now: Date): string {
  const time = iso ? parseApiTime(iso) : Number.NaN;
  if (Number.isNaN(time)) return '';
  const seconds = (time - now.getTime()) / 1000;
  const step = steps.find((candidate) => Math.abs(seconds) >= candidate.seconds);
  if (step === undefined) return seconds > 0 ? 'in a moment' : 'just now';
  return words.format(Math.trunc(seconds / step.seconds), step.unit);
}

/** Milliseconds since 1970, NaN when it is no date. */
export function parseApiTime(iso: string): number {
  const hasOffset = /(?:z|[+-]\d{2}:?\d{2})$/i.test(iso);
  return Date.parse(hasOffset || !iso.includes('T') ? iso : `${iso}Z`);
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function toDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** `1 document`, `1,204 documents`. */
export function countOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? singular : plural}`;
}
