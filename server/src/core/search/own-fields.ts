import type { Json, JsonObject } from '../shared/index.ts';
import type { OwnField, OwnValue } from './filter.ts';
import { parseInstant } from './parse-instant.ts';

export const ownFieldPrefix = 'raw_source_fields.';
/** Longest name of an own field in a filter, in characters, without the prefix. */
export const maxOwnNameLength = 200;

/** Part of no text that is compared: indexes that store a list's texts as one keep them apart by it. */
export const textSeparator = '\u001f';

export function isOwnField(field: string): field is OwnField {
  return field.startsWith(ownFieldPrefix) && field.length > ownFieldPrefix.length;
}

/** The field's name as the source has it. */
export function ownNameOf(field: OwnField): string {
  return toComparableText(field.slice(ownFieldPrefix.length));
}

/**
 * A document's own fields as every index and the database compare them: values by name, those of a list and of a list in it one
 * by one. The field of an object goes by `object.field`, of objects in a list too, one level deep. A name without a value (null,
 * an empty list) is absent; what is deeper is a value that equals nothing, so it is no part of the values here.
 */
export function flattenOwnFields(fields: JsonObject): ReadonlyMap<string, readonly OwnValue[]> {
  const flat = new Map<string, OwnValue[]>();
  for (const [name, value] of Object.entries(fields)) {
    add(flat, name, elementsOf(value));
    for (const element of Array.isArray(value) ? value : [value]) {
      if (!isObject(element)) continue;
      for (const [inner, innerValue] of Object.entries(element)) add(flat, `${name}.${inner}`, elementsOf(innerValue));
    }
  }
  return flat;
}

function elementsOf(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [];
  return [value].flat(2).filter((element) => element !== null);
}

function add(flat: Map<string, OwnValue[]>, name: string, elements: readonly Json[]): void {
  if (elements.length === 0) return;
  const key = toComparableText(name);
  const values = flat.get(key) ?? [];
  for (const element of elements) {
    if (typeof element === 'string') values.push(toComparableText(element));
    else if (typeof element === 'number' || typeof element === 'boolean') values.push(element);
  }
  flat.set(key, values);
}

function isObject(value: Json): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Text as it can be stored everywhere: without NUL and halves of characters. Names and values are compared in this form. */
export function toComparableText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}

/** As `toComparableText`, for a value of a filter. */
export function toComparable<Value extends OwnValue>(value: Value): OwnValue {
  return typeof value === 'string' ? toComparableText(value) : value;
}

/** What `contains` looks in: lower case, and without the separator. */
export function toContainsText(text: string): string {
  return toComparableText(text).replaceAll(textSeparator, ' ').toLowerCase();
}

/** Milliseconds since 1970 where the text of an own field is nothing but an ISO 8601 date of the years 1 to 9999. */
export function instantOf(text: string): number | undefined {
  if (/^\s|\s$/.test(text) || text.startsWith('0000')) return undefined;
  return parseInstant(text)?.getTime();
}
