import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type OpenApi, type Operation, operationKey, operationsOf } from './open-api.ts';

/** What the server is compared with. */
export interface Reference {
  readonly document: OpenApi;
  /** Each operation's key, with its description where the document has one. */
  readonly operations: ReadonlyMap<string, Operation | undefined>;
}

/**
 * @param directory with `operations.txt` (a method and a path in each line) and `openapi.airweave.json`
 * @throws Error when one of them is missing or no such file
 */
export async function readReference(directory: string): Promise<Reference> {
  const document = JSON.parse(await readFile(join(directory, 'openapi.airweave.json'), 'utf8')) as OpenApi;
  const lines = (await readFile(join(directory, 'operations.txt'), 'utf8')).split('\n');
  const listed = lines.flatMap((line) => {
    const [method, path] = line.trim().split(' ');
    return method === undefined || path === undefined ? [] : [[operationKey(method, path), undefined] as const];
  });
  const described = [...operationsOf(document)].map(([key, { operation }]) => [key, operation] as const);
  return { document, operations: new Map([...listed, ...described]) };
}
