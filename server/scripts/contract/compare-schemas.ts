import { type OpenApi, resolveSchema, type Schema } from './open-api.ts';

/** One side of a comparison: a schema and the document that its references lead into. */
export interface SchemaIn {
  readonly schema: Schema;
  readonly document: OpenApi;
}

/**
 * What keeps a client of `theirs` from reading every answer of `ours`: a property that may be absent, a type, a null or a
 * value of an enumeration that it does not expect. More properties than theirs are fine.
 *
 * @returns one text each, such as `auth.method: missing`; empty when ours is compatible
 */
export function findIncompatibilities(theirs: SchemaIn, ours: SchemaIn, at = '', depth = 0): readonly string[] {
  // Recursive schemas: deeper than any answer of this API goes.
  if (depth > 12) return [];
  const wanted = variantsOf(theirs);
  return variantsOf(ours).flatMap((variant) => {
    const complaints = wanted.map((candidate) => compareVariant(candidate, variant, at, depth));
    if (complaints.some((list) => list.length === 0)) return [];
    // Of a union, what is wrong with the closest variant says the most.
    return complaints.toSorted((a, b) => a.length - b.length)[0] ?? [];
  });
}

/** The alternatives of a schema, each with at most one type. */
function variantsOf({ schema, document }: SchemaIn): readonly SchemaIn[] {
  const resolved = resolveSchema(schema, document);
  const alternatives = resolved.anyOf ?? resolved.oneOf;
  if (alternatives !== undefined) return alternatives.flatMap((one) => variantsOf({ schema: one, document }));
  const [only, ...more] = resolved.allOf ?? [];
  if (only !== undefined && more.length === 0) return variantsOf({ schema: only, document });
  const types = Array.isArray(resolved.type) ? (resolved.type as readonly string[]) : undefined;
  if (types !== undefined) return types.map((type) => ({ schema: { ...resolved, type }, document }));
  return [{ schema: resolved, document }];
}

function compareVariant(theirs: SchemaIn, ours: SchemaIn, at: string, depth: number): readonly string[] {
  const wanted = typeOf(theirs.schema);
  const given = typeOf(ours.schema);
  if (wanted === undefined) return [];
  if (wanted !== given && !(wanted === 'number' && given === 'integer')) {
    return [`${at || 'answer'}: ${given ?? 'anything'} instead of ${wanted}`];
  }
  if (wanted === 'array') return compareItems(theirs, ours, at, depth);
  if (wanted === 'object') return compareProperties(theirs, ours, at, depth);
  const allowed = valuesOf(theirs.schema);
  const surplus = valuesOf(ours.schema)?.filter((value) => allowed !== undefined && !allowed.includes(value)) ?? [];
  return surplus.map((value) => `${at || 'answer'}: ${JSON.stringify(value)} is not among the values`);
}

function compareItems(theirs: SchemaIn, ours: SchemaIn, at: string, depth: number): readonly string[] {
  if (theirs.schema.items === undefined) return [];
  return findIncompatibilities(
    { ...theirs, schema: theirs.schema.items },
    { ...ours, schema: ours.schema.items ?? {} },
    `${at}[]`,
    depth + 1,
  );
}

function compareProperties(theirs: SchemaIn, ours: SchemaIn, at: string, depth: number): readonly string[] {
  const own = ours.schema.properties ?? {};
  return Object.entries(theirs.schema.properties ?? {}).flatMap(([name, schema]) => {
    const place = at === '' ? name : `${at}.${name}`;
    const property = own[name];
    if (property === undefined) return [`${place}: missing`];
    // The contract has every declared property in every answer, null when there is nothing to tell.
    const isAlways = ours.schema.required?.includes(name) === true;
    return [
      ...(isAlways ? [] : [`${place}: may be absent`]),
      ...findIncompatibilities({ ...theirs, schema }, { ...ours, schema: property }, place, depth + 1),
    ];
  });
}

function typeOf(schema: Schema): string | undefined {
  if (typeof schema.type === 'string') return schema.type;
  if (schema.properties !== undefined) return 'object';
  const [value] = valuesOf(schema) ?? [];
  return value === undefined ? undefined : value === null ? 'null' : typeof value;
}

function valuesOf(schema: Schema): readonly unknown[] | undefined {
  return schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
}
