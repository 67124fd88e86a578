import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fieldsOf } from './fields-of.ts';

describe('fieldsOf', () => {
  it('names the wire type, the title and the description of each kind of field', () => {
    const schema = z.object({
      host: z.string().meta({ title: 'Host', description: 'Where it listens' }),
      port: z.number().int().default(1).meta({ title: 'Port' }),
      ratio: z.number().meta({ description: 'Set before the default' }).default(0.5),
      secure: z.boolean().default(true),
      tags: z.array(z.string()).default([]),
      kind: z.enum(['small', 'large']).default('small'),
      token: z.string().meta({ title: 'Token', isSecret: true }),
    });
    expect(fieldsOf(schema)).toEqual([
      { name: 'host', title: 'Host', description: 'Where it listens', type: 'string', required: true },
      { name: 'port', title: 'Port', description: '', type: 'number', required: false },
      { name: 'ratio', title: 'ratio', description: 'Set before the default', type: 'number', required: false },
      { name: 'secure', title: 'secure', description: '', type: 'boolean', required: false },
      { name: 'tags', title: 'tags', description: '', type: 'array', required: false, itemsType: 'string' },
      { name: 'kind', title: 'kind', description: '', type: 'string', required: false, enumValues: ['small', 'large'] },
      { name: 'token', title: 'Token', description: '', type: 'string', required: true, isSecret: true },
    ]);
  });

  it('degrades what may be null or absent to a string that is not required', () => {
    const schema = z.object({
      prefix: z.string().nullable().default(null),
      flag: z.boolean().optional(),
      limit: z.number().nullish(),
    });
    expect(fieldsOf(schema).map(({ name, type, required }) => [name, type, required])).toEqual([
      ['prefix', 'string', false],
      ['flag', 'string', false],
      ['limit', 'string', false],
    ]);
  });

  it('looks through preprocessing and transforms', () => {
    const schema = z.object({
      weight: z.preprocess((value) => value, z.number().int()).default(30),
      upper: z.string().transform((text) => text.toUpperCase()),
      text: z.preprocess((value) => value, z.boolean().default(false)),
    });
    expect(fieldsOf(schema).map(({ type, required }) => [type, required])).toEqual([
      ['number', false],
      ['string', true],
      ['boolean', false],
    ]);
  });

  it('has no fields for an empty schema', () => {
    expect(fieldsOf(z.strictObject({}))).toEqual([]);
  });
});
