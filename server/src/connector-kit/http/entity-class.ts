import { z } from 'zod';
import type { EntityType } from '../connector.ts';
import type { Access, Breadcrumb, FileContent, SourceEntity } from '../entity.ts';
import type { Json, JsonObject } from '../json.ts';

/** The words for what a field holds; with a question mark it may be null. A `datetime` is ISO 8601. */
type Kind = 'string' | 'datetime' | 'integer' | 'number' | 'boolean' | 'object' | 'array' | 'any';
export type FieldKind = Kind | `${Kind}?`;

interface ValueOf {
  readonly string: string;
  readonly datetime: string;
  readonly integer: number;
  readonly number: number;
  readonly boolean: boolean;
  readonly object: object;
  readonly array: readonly unknown[];
  readonly any: unknown;
}
type FieldValue<K extends FieldKind> = K extends `${infer Known extends Kind}?`
  ? ValueOf[Known] | null | undefined
  : K extends Kind
    ? ValueOf[K]
    : never;

type Fields = Readonly<Record<string, FieldKind>>;
/** What may be null may also be left out. */
type ValuesOf<F extends Fields> = {
  readonly [Name in keyof F as F[Name] extends Kind ? Name : never]: FieldValue<F[Name]>;
} & {
  readonly [Name in keyof F as F[Name] extends Kind ? never : Name]?: FieldValue<F[Name]>;
};

/** What one object of the source becomes. */
export interface EntityWords<F extends Fields> {
  /** The source's id; stable, unique within the class. */
  readonly id: string;
  readonly name: string;
  /** Of a stream with a parent, default the parent and what is above it. */
  readonly breadcrumbs?: readonly Breadcrumb[];
  readonly url?: string | null | undefined;
  readonly createdAt?: Date | string | null | undefined;
  readonly updatedAt?: Date | string | null | undefined;
  readonly fields: ValuesOf<F>;
  /** Text beyond the searchable fields, as Markdown. */
  readonly text?: string | null | undefined;
  /** Instead of text. */
  readonly file?: FileContent | undefined;
  readonly access?: Access | undefined;
  readonly revision?: string | undefined;
}

export interface EntityClass<F extends Fields = Fields> {
  readonly type: EntityType;
  readonly fields: F;
  of(words: EntityWords<F>): SourceEntity;
}

/**
 * A class of entities with its fields. What the class does not declare cannot be given, and what it declares must be.
 *
 * @param searchable the fields that make up an entity's text, one line each, in this order
 */
export function entityClass<const F extends Fields>(
  name: string,
  description: string,
  fields: F,
  searchable: readonly (keyof F & string)[],
): EntityClass<F> {
  return {
    type: { name, description, fields: toSchema(fields) },
    fields,
    of(words) {
      const { id, breadcrumbs = inheritedBreadcrumbs, url, file, access, revision } = words;
      const createdAt = toDate(words.createdAt);
      const updatedAt = toDate(words.updatedAt);
      const values = toJson(words.fields, Object.keys(fields));
      const text = [describe(values, searchable), words.text ?? ''].filter((part) => part !== '').join('\n\n');
      return {
        ...{ id, type: name, name: words.name === '' ? id : words.name, breadcrumbs, fields: values },
        ...(typeof url === 'string' && url !== '' ? { url } : {}),
        ...(createdAt === undefined ? {} : { createdAt }),
        ...(updatedAt === undefined ? {} : { updatedAt }),
        ...(file === undefined ? (text === '' ? {} : { text }) : { file }),
        ...(access === undefined ? {} : { access }),
        ...(revision === undefined ? {} : { revision }),
      };
    },
  };
}

/** Stands for "as the parent's"; told apart by being this very list. */
export const inheritedBreadcrumbs: readonly Breadcrumb[] = Object.freeze([]);

/** The path to what lies under an entity. */
export function pathUnder(entity: SourceEntity): readonly Breadcrumb[] {
  return [...entity.breadcrumbs, { entityId: entity.id, name: entity.name, entityType: entity.type }];
}

/** @param seconds since 1970, as Stripe and others count time */
export function fromSeconds(seconds: number): string;
export function fromSeconds(seconds: number | null | undefined): string | null;
export function fromSeconds(seconds: number | null | undefined): string | null {
  return seconds === null || seconds === undefined ? null : new Date(seconds * 1_000).toISOString();
}

const schemas: Readonly<Record<Kind, z.ZodType>> = {
  string: z.string(),
  datetime: z.iso.datetime({ offset: true }),
  integer: z.int(),
  number: z.number(),
  boolean: z.boolean(),
  object: z.record(z.string(), z.unknown()),
  array: z.array(z.unknown()),
  any: z.unknown(),
};

function toSchema(fields: Fields): z.ZodObject {
  return z.object(
    Object.fromEntries(
      Object.entries(fields).map(([name, kind]) => {
        const schema = schemas[kind.replace('?', '') as Kind];
        return [name, kind.endsWith('?') ? schema.nullable() : schema];
      }),
    ),
  );
}

function toDate(value: Date | string | null | undefined): Date | undefined {
  if (value === null || value === undefined || value === '') return undefined;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** The declared fields, what came as JSON as it came; what is absent is null, so that every entity of a class has the same fields. */
function toJson(values: Readonly<Record<string, unknown>>, names: readonly string[]): JsonObject {
  // The values came out of JSON, whatever their schema calls them.
  return Object.fromEntries(names.map((name) => [name, (values[name] ?? null) as Json]));
}

function describe(values: JsonObject, searchable: readonly string[]): string {
  return searchable
    .map((name) => [name, toText(values[name] ?? null)] as const)
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `**${toLabel(name)}**: ${text}`)
    .join('\n');
}

function toText(value: Json): string {
  if (value === null) return '';
  if (typeof value === 'string') return value.trim();
  if (Array.isArray(value) && value.length === 0) return '';
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(', ');
  const text = JSON.stringify(value);
  return text === '{}' ? '' : text;
}

function toLabel(name: string): string {
  return name.replace(
    /(^|_)([a-z])/g,
    (_, before: string, letter: string) => `${before && ' '}${letter.toUpperCase()}`,
  );
}
