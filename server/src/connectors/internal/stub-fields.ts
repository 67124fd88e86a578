import { z } from 'zod';

interface NumberField {
  readonly title: string;
  readonly description: string;
  readonly fallback: number;
  readonly min?: number;
  readonly max?: number;
}

/** A whole number field with a default; digits in a text count as a number, as forms send them. */
export function wholeNumber(field: NumberField) {
  return fieldOf(field, toNumber, z.int());
}

/** As `wholeNumber`, with fractions. */
export function anyNumber(field: NumberField) {
  return fieldOf(field, toNumber, z.number());
}

/** A share among others, 0 to 100; blank means none. */
export function weight(title: string, entity: string, fallback: number) {
  const field = { title, description: `Relative share of ${entity}`, fallback, min: 0, max: 100 };
  return fieldOf(field, (value) => (value === '' ? 0 : toNumber(value)), z.int());
}

export const seed = wholeNumber({ title: 'Random Seed', description: 'Equal seeds give equal entities', fallback: 42 });

export const customContentPrefix = z
  .string()
  .max(2_000)
  .nullable()
  .default(null)
  .meta({ title: 'Custom Content Prefix', description: 'Text placed in every generated document' });

/** Credentials that nobody checks: internal sources have nothing to sign in to. */
export function placeholderKey<Name extends string>(name: Name, title: string, fallback: string) {
  const key = z.string().default(fallback).meta({ title, description: 'Placeholder, any value' });
  return z.object({ [name]: key } as Record<Name, typeof key>);
}

function fieldOf(field: NumberField, prepare: (value: unknown) => unknown, number: z.ZodNumber) {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER, fallback, title, description } = field;
  return z.preprocess(prepare, number.min(min).max(max)).default(fallback).meta({ title, description });
}

function toNumber(value: unknown): unknown {
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
}
