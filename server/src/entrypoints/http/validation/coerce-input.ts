import type { z } from 'zod';

const integerText = /^[+-]?\d+(\.0+)?$/;
const numberText = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const trueTexts = new Set(['true', '1', 'yes', 'on', 't', 'y']);
const falseTexts = new Set(['false', '0', 'no', 'off', 'f', 'n']);
const undashedUuid = /^[0-9a-f]{32}$/;

/**
 * Reads texts where a schema wants a number, a boolean or an id, as the API's clients are used to: `"10"` for an integer,
 * `yes` for a boolean, an id in any spelling (braces, `urn:uuid:`, upper case, without hyphens). What cannot be read is left
 * as it is, for the schema to refuse. Nesting is bounded by the schema and by the depth limit of bodies.
 */
export function coerceInput(schema: z.core.$ZodType, value: unknown): unknown {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'readonly':
    case 'nonoptional':
      return value === undefined || value === null ? value : coerceInput(def.innerType, value);
    case 'pipe':
      return coerceInput(def.in, value);
    case 'number':
      return coerceNumber(value, 'format' in def);
    case 'boolean':
      return coerceBoolean(value);
    case 'string':
      return 'format' in def && (def.format === 'uuid' || def.format === 'guid') ? coerceUuid(value) : value;
    case 'array':
      return Array.isArray(value) ? value.map((item) => coerceInput(def.element, item)) : value;
    case 'object':
      return isRecord(value) ? coerceObject(def.shape, value) : value;
    default:
      return value;
  }
}

function coerceObject(shape: z.core.$ZodShape, value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const coerced: Record<string, unknown> = { ...value };
  for (const [key, schema] of Object.entries(shape)) {
    if (Object.hasOwn(value, key)) coerced[key] = coerceInput(schema, value[key]);
  }
  return coerced;
}

function coerceNumber(value: unknown, isInteger: boolean): unknown {
  if (typeof value !== 'string') return value;
  const text = value.trim();
  return (isInteger ? integerText : numberText).test(text) ? Number(text) : value;
}

function coerceBoolean(value: unknown): unknown {
  const text = typeof value === 'string' ? value.toLowerCase() : value === 0 || value === 1 ? String(value) : undefined;
  if (text === undefined) return value;
  return trueTexts.has(text) ? true : falseTexts.has(text) ? false : value;
}

function coerceUuid(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const digits = value
    .toLowerCase()
    .replace(/^urn:uuid:/, '')
    .replace(/^\{(.*)\}$/, '$1')
    .replaceAll('-', '');
  if (!undashedUuid.test(digits)) return value;
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
