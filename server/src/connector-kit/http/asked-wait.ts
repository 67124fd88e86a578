/** An hour: who asks for more is asked again then. */
const longestWaitMs = 3_600_000;

/**
 * How long a source asks to wait, by `Retry-After` (seconds or a date, RFC 9110) or by the headers of its limits: seconds from
 * now, or a time in seconds or milliseconds since 1970. Undefined: it does not say.
 */
export function askedWaitMs(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const asked = fromRetryAfter(headers['retry-after'], now) ?? fromReset(headers, now);
  return asked === undefined ? undefined : Math.min(longestWaitMs, Math.max(1_000, Math.ceil(asked)));
}

function fromRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(value.trim())) return Number(value) * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : date - now;
}

const resetHeaders = ['ratelimit-reset', 'x-ratelimit-reset', 'x-rate-limit-reset', 'x-ratelimit-requests-reset'];

function fromReset(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const reset = resetHeaders.map((name) => Number(headers[name])).find((value) => value > 0);
  if (reset === undefined) return undefined;
  // Seconds until 2001, as a date; milliseconds since then are a thousand times as many.
  if (reset < 1_000_000_000) return reset * 1_000;
  return (reset < 1_000_000_000_000 ? reset * 1_000 : reset) - now;
}
