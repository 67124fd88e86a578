const iso8601 =
  /^(?<date>\d{4}-\d{2}-\d{2})(?:[T ](?<time>\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?) ?(?<offset>Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

/**
 * Reads an ISO 8601 date, or date and time; without offset it is UTC. Digits after the milliseconds are dropped.
 *
 * @returns undefined when the text is something else, or names a day or time that does not exist
 */
export function parseInstant(text: string): Date | undefined {
  const parts = iso8601.exec(text.trim())?.groups;
  const day = parts?.date;
  if (parts === undefined || day === undefined) return undefined;
  // Date.parse takes 30 February for 1 March.
  const midnight = new Date(`${day}T00:00:00.000Z`);
  if (Number.isNaN(midnight.getTime()) || midnight.toISOString().slice(0, 10) !== day) return undefined;
  const time = (parts.time ?? '00:00').replace(',', '.');
  if (time.startsWith('24')) return undefined;
  const [clock = '', fraction = ''] = time.split('.');
  const seconds = clock.length === 5 ? `${clock}:00` : clock;
  const offset = toOffset(parts.offset ?? 'Z');
  const instant = new Date(`${day}T${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}${offset}`);
  return Number.isNaN(instant.getTime()) ? undefined : instant;
}

function toOffset(offset: string): string {
  if (offset.toUpperCase() === 'Z') return 'Z';
  const digits = offset.slice(1).replace(':', '').padEnd(4, '0');
  return `${offset.slice(0, 1)}${digits.slice(0, 2)}:${digits.slice(2)}`;
}
