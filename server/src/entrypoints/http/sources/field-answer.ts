import { z } from 'zod';
import type { Field } from '../../../connector-kit/index.ts';

const FieldAnswer = z
  .object({
    name: z.string(),
    title: z.string(),
    description: z.string().nullable(),
    type: z.enum(['string', 'number', 'boolean', 'array']),
    required: z.boolean(),
    items_type: z.string().nullable(),
    feature_flag: z.string().nullable(),
    is_secret: z.boolean(),
    enum_values: z.array(z.string()).nullable(),
  })
  .meta({ id: 'ConfigField' });

/** What a form is made of. */
export const Fields = z.object({ fields: z.array(FieldAnswer) }).meta({ id: 'Fields' });

export function toFieldsAnswer(fields: readonly Field[]): z.input<typeof Fields> {
  return { fields: fields.map(toFieldAnswer) };
}

function toFieldAnswer(field: Field): z.input<typeof FieldAnswer> {
  return {
    name: field.name,
    title: field.title,
    description: field.description,
    type: field.type,
    required: field.required,
    items_type: field.itemsType ?? null,
    feature_flag: field.featureFlag ?? null,
    is_secret: field.isSecret ?? false,
    enum_values: field.enumValues === undefined ? null : [...field.enumValues],
  };
}
