const colors: Readonly<Record<string, number>> = { debug: 90, info: 36, warn: 33, error: 31 };

/**
 * One line of the JSON log as text for a person: time of day, level, message, fields; an error's stack on lines of its
 * own below.
 *
 * @param line a JSON object as pino writes it
 * @returns with a line feed at the end
 */
export function formatPretty(line: string, options: { readonly hasColors: boolean }): string {
  const { level, time, pid: _pid, msg, err, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const paint = (code: number, text: string) => (options.hasColors ? `\x1b[${code}m${text}\x1b[0m` : text);
  const label = String(level);
  const shown = Object.entries(fields).map(([key, value]) => `${paint(90, `${printable(key)}=`)}${formatValue(value)}`);
  const head = [
    paint(90, new Date(String(time)).toTimeString().slice(0, 8)),
    paint(colors[label] ?? 0, label.toUpperCase().padEnd(5)),
    printable(String(msg)),
    ...shown,
  ].join(' ');
  return `${[head, ...formatError(err, '')].join('\n')}\n`;
}

function formatError(value: unknown, heading: string): readonly string[] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null) return [`    ${heading}${formatValue(value)}`];
  const { stack, type, message, cause, ...rest } = value as Record<string, unknown>;
  const lines = typeof stack === 'string' && stack !== '' ? stack.split('\n') : [`${String(type)}: ${String(message)}`];
  const facts = Object.entries(rest).map(([key, fact]) => `${printable(key)}=${formatValue(fact)}`);
  return [
    ...lines.map((line, i) => `    ${i === 0 ? heading : ''}${printable(line)}`),
    ...(facts.length === 0 ? [] : [`      ${facts.join(' ')}`]),
    ...formatError(cause, 'caused by '),
  ];
}

function formatValue(value: unknown): string {
  const isPlain = typeof value === 'string' && /^[^\s"=\p{C}]+$/u.test(value);
  return isPlain ? value : printable(JSON.stringify(value));
}

/** What others wrote must neither end a line nor steer the terminal. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) =>
    char === '\t' ? char : `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
