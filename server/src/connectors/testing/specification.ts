import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { MockRequest, MockSource } from './mock-source.ts';

interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly schema?: { readonly type?: string; readonly enum?: readonly unknown[]; readonly maximum?: number };
}
interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean };
}
interface Specification {
  readonly servers?: readonly { readonly url: string }[];
  readonly basePath?: string;
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, Operation>> & { readonly parameters?: readonly Parameter[] }>
  >;
}

/** A folder with vendors' descriptions, `<short name>/openapi.json`. They are not ours to keep; without them this is not tested. */
const folder = process.env.WEFT_SPECS;

/** That each request the connector makes is one its vendor describes: the path, and in the query known names with values of their types. */
export function describeSpecification(
  shortName: string,
  mock: MockSource,
  read: () => Promise<unknown>,
  undescribed: { readonly paths: readonly RegExp[]; readonly parameters: readonly string[] },
): void {
  const file = join(folder ?? '', shortName, 'openapi.json');
  describe.skipIf(folder === undefined || !existsSync(file))(
    `connector ${shortName}: by its vendor's description`,
    () => {
      it('asks for nothing that is not described', async () => {
        const specification = JSON.parse(readFileSync(file, 'utf8')) as Specification;
        mock.requests.length = 0;
        await read();
        expect(mock.requests.length).toBeGreaterThan(0);
        const requests = mock.requests.filter(({ path }) => !undescribed.paths.some((pattern) => pattern.test(path)));
        expect([
          ...new Set(
            requests.flatMap((request) =>
              problemsOf(withoutParameters(request, undescribed.parameters), specification),
            ),
          ),
        ]).toEqual([]);
      });
    },
  );
}

function withoutParameters(request: MockRequest, names: readonly string[]): MockRequest {
  const query = Object.fromEntries(Object.entries(request.query).filter(([name]) => !names.includes(name)));
  return { ...request, query };
}

function problemsOf(request: MockRequest, specification: Specification): readonly string[] {
  const name = `${request.method} ${request.path}`;
  const found = Object.entries(specification.paths).find(
    ([path, item]) => item[request.method.toLowerCase()] !== undefined && matches(request.path, path, specification),
  );
  if (found === undefined) return [`${name} is not described`];
  const [, item] = found;
  const operation = item[request.method.toLowerCase()];
  const parameters = [...(item.parameters ?? []), ...(operation?.parameters ?? [])].map((one) =>
    resolve(one, specification),
  );
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  const unknown = Object.keys(request.query)
    .filter((key) => !inQuery.some((parameter) => parameter.name === key || parameter.name === `${key}[]`))
    .map((key) => `${name}: no parameter ${key}`);
  const missing = inQuery
    .filter((parameter) => parameter.required === true && request.query[parameter.name] === undefined)
    .map((parameter) => `${name}: ${parameter.name} is required`);
  const wrong = inQuery
    .filter((parameter) => !fits(request.query[parameter.name], parameter))
    .map((parameter) => `${name}: ${parameter.name} cannot be ${request.query[parameter.name]}`);
  const body =
    operation?.requestBody?.required === true && request.body === undefined ? [`${name}: a body is required`] : [];
  return [...unknown, ...missing, ...wrong, ...body];
}

function resolve(parameter: Parameter, specification: Specification): Parameter {
  if (parameter.$ref === undefined) return parameter;
  return parameter.$ref
    .slice(2)
    .split('/')
    .reduce((value: unknown, key) => Reflect.get(Object(value), key), specification) as Parameter;
}

/** Paths in descriptions come with and without the base path. */
function matches(path: string, template: string, { servers = [], basePath = '' }: Specification): boolean {
  const bases = ['', basePath, ...servers.map(({ url }) => url.replace(/^https?:\/\/[^/]*/, '').replace(/\/$/, ''))];
  const pattern = template.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, '[^/]+');
  return (
    bases.some((base) => new RegExp(`^${base}${pattern}$`).test(path)) ||
    bases.some((base) => new RegExp(`^${base}${pattern.replace(/\[\^\/\]\+$/, '.+')}$`).test(path))
  );
}

function fits(
  value: string | undefined,
  { schema, type = schema?.type, enum: allowed = schema?.enum }: Parameter,
): boolean {
  if (value === undefined) return true;
  if (allowed !== undefined) return allowed.includes(value);
  if (type === 'integer' || type === 'number') {
    return Number.isFinite(Number(value)) && Number(value) <= (schema?.maximum ?? Number.POSITIVE_INFINITY);
  }
  return type !== 'boolean' || value === 'true' || value === 'false';
}
