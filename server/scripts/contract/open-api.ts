/** The parts of an OpenAPI 3.1 document that are compared. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

export interface Operation {
  readonly operationId?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
}

interface Media {
  readonly schema?: Schema;
  readonly example?: unknown;
}

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

/** `GET /a/{}` for `get /a/{b}/`: parameters may be named otherwise. */
export function operationKey(method: string, path: string): string {
  return `${method.toUpperCase()} ${path.replaceAll(/\{[^}]+\}/g, '{}').replace(/(.)\/$/, '$1')}`;
}

/** Every operation of a document by its key, with the path as it is written there. */
export function operationsOf(
  document: OpenApi,
): ReadonlyMap<string, { readonly path: string; readonly operation: Operation }> {
  const methods = ['get', 'post', 'put', 'patch', 'delete'];
  return new Map(
    Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item)
        .filter(([method]) => methods.includes(method))
        .map(([method, operation]) => [operationKey(method, path), { path, operation }] as const),
    ),
  );
}

/** The schema of the first successful JSON answer, if there is one that says anything. */
export function answerSchemaOf(operation: Operation): Schema | undefined {
  const success = Object.entries(operation.responses).find(([status]) => status.startsWith('2'))?.[1];
  const schema = success?.content?.['application/json']?.schema;
  return schema === undefined || Object.keys(schema).length === 0 ? undefined : schema;
}

/** Follows references within a document. */
export function resolveSchema(schema: Schema, document: OpenApi): Schema {
  const name = schema.$ref?.replace('#/components/schemas/', '');
  const found = name === undefined ? undefined : document.components?.schemas?.[name];
  return found === undefined ? schema : resolveSchema(found, document);
}
