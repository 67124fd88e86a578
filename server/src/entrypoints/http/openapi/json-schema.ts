import { z } from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** JSON Schemas for an OpenAPI 3.1 document; schemas with an `id` in their metadata become named components. */
export class SchemaCollector {
  readonly components = new Map<string, JsonSchema>();
  readonly #outputNames = new Set<string>();

  /**
   * @param io `input`: what a client may send, `output`: what it gets. They differ where there are defaults, so of a schema
   *   that is used for both, the input is named `…Input`. Add all outputs first
   */
  add(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const {
      $schema: _dialect,
      $defs,
      ...root
    } = z.toJSONSchema(schema, {
      io,
      target: 'draft-2020-12',
      unrepresentable: 'any',
      override: ({ jsonSchema }) => simplify(jsonSchema),
    });
    if (io === 'output') for (const name of Object.keys($defs ?? {})) this.#outputNames.add(name);
    const rename = (name: string) => (io === 'input' && this.#outputNames.has(name) ? `${name}Input` : name);
    for (const [name, definition] of Object.entries($defs ?? {})) {
      this.components.set(rename(name), rewriteRefs(definition, rename) as JsonSchema);
    }
    return rewriteRefs(root, rename) as JsonSchema;
  }
}

/** Formats speak for themselves; their regular expressions and the bounds of safe integers only fill the page. */
function simplify(schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.format !== undefined) delete schema.pattern;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  // Answers may grow; a client must not refuse a field that it does not know.
  if (schema.additionalProperties === false) delete schema.additionalProperties;
}

function rewriteRefs(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => rewriteRefs(item, rename));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const name = key === '$ref' && typeof item === 'string' ? /^#\/\$defs\/(.+)$/.exec(item)?.[1] : undefined;
      return [key, name === undefined ? rewriteRefs(item, rename) : `#/components/schemas/${rename(name)}`];
    }),
  );
}
