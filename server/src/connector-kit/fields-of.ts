import { z } from 'zod';
import type { Field } from './connector.ts';

/** A zod schema of which only the outside is known. */
type AnySchema = z.core.$ZodType;

/** What the layers around a field's schema say about it. */
interface Unwrapped {
  readonly inner: AnySchema;
  readonly isNullable: boolean;
  readonly hasDefault: boolean;
  readonly meta: Readonly<Record<string, unknown>>;
}

/**
 * Describes the fields of a configuration or credentials schema as `GET /sources` shows them, so that nothing is written
 * twice. Titles, descriptions and `isSecret` come from `.meta()` on any layer of the field; the title falls back to the name.
 *
 * Types follow the public API: text `string`, numbers `number`, lists `array`, a closed set `string` with its values, and
 * whatever may be null or absent without a default degrades to `string`. A field with a default is not required.
 */
export function fieldsOf(schema: z.ZodObject): readonly Field[] {
  return Object.entries(schema.shape).map(([name, fieldSchema]) => toField(name, fieldSchema));
}

function toField(name: string, schema: AnySchema): Field {
  const { inner, isNullable, hasDefault, meta } = unwrap(schema);
  const enumValues = inner instanceof z.ZodEnum ? inner.options.map(String) : undefined;
  const type = isNullable ? 'string' : wireType(inner);
  return {
    name,
    title: typeof meta.title === 'string' ? meta.title : name,
    description: typeof meta.description === 'string' ? meta.description : '',
    type,
    required: !isNullable && !hasDefault,
    ...(type === 'array' && { itemsType: 'string' }),
    ...(meta.isSecret === true && { isSecret: true }),
    ...(enumValues && { enumValues }),
  };
}

/** Takes off the layers that say how a value may be missing; what is said outside wins over what is said inside. */
function unwrap(schema: AnySchema): Unwrapped {
  const meta = { ...z.globalRegistry.get(schema) };
  const below = (inner: AnySchema, change: Partial<Unwrapped> = {}): Unwrapped => {
    const deeper = unwrap(inner);
    return { ...deeper, ...change, meta: { ...deeper.meta, ...meta } };
  };
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return below(schema.def.innerType, { hasDefault: true });
  }
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    return below(schema.def.innerType, { isNullable: true });
  }
  if (schema instanceof z.ZodReadonly) return below(schema.def.innerType);
  if (schema instanceof z.ZodPipe) {
    // A preprocess step accepts more spellings of what comes out; a transform changes what comes in.
    return below(schema.def.in instanceof z.ZodTransform ? schema.def.out : schema.def.in);
  }
  return { inner: schema, isNullable: false, hasDefault: false, meta };
}

function wireType(schema: AnySchema): Field['type'] {
  if (schema instanceof z.ZodNumber) return 'number';
  if (schema instanceof z.ZodBoolean) return 'boolean';
  if (schema instanceof z.ZodArray) return 'array';
  return 'string';
}
