import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openApiDocument } from './openapi-document.ts';

/** Types of the client, made from our OpenAPI document. */
export const clientSchemaFile = fileURLToPath(new URL('../../../client/src/schema.d.ts', import.meta.url));

/** The first line of that file. It changes with every change of the document, so that old types are noticed without making new ones. */
export function clientSchemaHeading(): string {
  const hash = createHash('sha256').update(JSON.stringify(openApiDocument())).digest('hex');
  return `// Made by \`npm run generate-client\` from the OpenAPI document with the SHA-256 ${hash}; never edited by hand.`;
}

/** @returns whether the types in the repository are those of the present document */
export async function isClientSchemaCurrent(): Promise<boolean> {
  const [heading] = (await readFile(clientSchemaFile, 'utf8')).split('\n', 1);
  return heading === clientSchemaHeading();
}
