/**
 * Literals of the engine's SQL dialect (DataFusion): strings in single quotes with quotes doubled; a backslash is itself.
 * Every value that goes into a predicate passes through here.
 */
export function quoteText(value: string): string {
  // A lone surrogate cannot be written as UTF-8; the engine stores U+FFFD in its place, so the literal does too.
  return `'${value.toWellFormed().replaceAll("'", "''")}'`;
}

/** `column IN ('a', 'b')`, or `false` when there are no values. */
export function isOneOf(column: string, values: readonly string[]): string {
  return values.length === 0 ? 'false' : `${column} IN (${values.map(quoteText).join(', ')})`;
}

/** A 64-bit integer literal, for columns of that type. */
export function quoteInteger(value: number): string {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a safe integer`);
  return String(value);
}

/** A literal for columns of floating-point numbers; the shortest that reads back as the same number. */
export function quoteNumber(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} cannot be written`);
  return value.toExponential();
}
