import { withoutSecrets } from '../../core/shared/index.ts';
import { isSecretKey } from './secrets.ts';

/** What is cut keeps one careless field from filling the disk. */
const maxDepth = 8;
const maxItems = 100;
const maxTextLength = 10_000;

/** pino writes these itself; the same key twice in one line reads differently in every program. */
const reservedKeys: ReadonlySet<string> = new Set(['level', 'time', 'pid', 'msg']);

/**
 * A copy of log fields that is plain JSON, bounded in size, and has no secrets: values under keys that name one, at any
 * depth, become "[redacted]". Errors keep type, message, code, stack and cause.
 */
export function toLoggable(fields: object): Record<string, unknown> {
  const loggable = fields instanceof Error ? { err: fields } : fields;
  const entries = Object.entries(copyObject(loggable, 0, [loggable]));
  return Object.fromEntries(entries.map(([key, value]) => [reservedKeys.has(key) ? `${key}_` : key, value]));
}

function copy(value: unknown, depth: number, parents: readonly object[]): unknown {
  if (typeof value === 'string') return copyText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'symbol' || typeof value === 'function') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof URL) return copyText(value.href);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (parents.includes(value)) return '[circular]';
  if (depth >= maxDepth) return '[…]';
  return copyObject(value, depth, [...parents, value]);
}

function copyObject(value: object, depth: number, parents: readonly object[]): object {
  const next = (item: unknown) => copy(item, depth + 1, parents);
  if (value instanceof Error) return copyError(value, next);
  if (value instanceof Set) return copyItems([...value], next);
  if (Array.isArray(value)) return copyItems(value, next);
  const isPairs = value instanceof Map || value instanceof Headers || value instanceof URLSearchParams;
  const entries: [string, unknown][] = isPairs
    ? [...value].map(([key, item]) => [String(key), item])
    : Object.entries(value);
  const kept = entries.slice(0, maxItems).map(([key, item]) => [key, isSecretKey(key) ? redact(item) : next(item)]);
  return Object.fromEntries(entries.length > maxItems ? [...kept, ['…', `${entries.length - maxItems} more`]] : kept);
}

function copyItems(items: readonly unknown[], next: (item: unknown) => unknown): readonly unknown[] {
  const kept = items.slice(0, maxItems).map(next);
  return items.length > maxItems ? [...kept, `… ${items.length - maxItems} more`] : kept;
}

function copyError(error: Error, next: (item: unknown) => unknown): object {
  const { code, details } = error as { readonly code?: unknown; readonly details?: unknown };
  return {
    type: error.name,
    message: copyText(error.message),
    ...(code === undefined ? {} : { code: next(code) }),
    ...(details === undefined ? {} : { details: next(details) }),
    stack: copyText(error.stack ?? ''),
    ...(error.cause === undefined ? {} : { cause: next(error.cause) }),
    ...(error instanceof AggregateError ? { errors: next(error.errors) } : {}),
  };
}

/** Whether something was there is worth knowing, and says nothing. */
function redact(value: unknown): unknown {
  return value === undefined || value === null || typeof value === 'boolean' ? value : '[redacted]';
}

function copyText(text: string): string {
  const cut = text.length > maxTextLength ? `${text.slice(0, maxTextLength)}… (${text.length} characters)` : text;
  return withoutSecrets(cut);
}
