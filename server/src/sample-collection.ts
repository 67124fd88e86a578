import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import type { Database } from './adapters/postgres/database.ts';
import type { Caller, Membership } from './core/access/index.ts';
import { type CollectionEncoder, createCollection } from './core/collections/index.ts';
import { type PushDependencies, type PushedDocument, pushDocuments } from './core/documents/index.ts';
import { isAppError, type Logger, Scope } from './core/shared/index.ts';

const sampleReadableId = 'getting-started';
const repository = fileURLToPath(new URL('../../', import.meta.url));

/**
 * At the first start, makes a collection of Weft's own documentation, so that a search answers at once. Later starts bring it
 * up to date while it is there; once deleted it stays away.
 */
export async function refreshSampleCollection(
  dependencies: PushDependencies & {
    readonly database: Database;
    readonly encoder: CollectionEncoder;
    readonly owner: Membership;
    readonly logger: Logger;
  },
): Promise<void> {
  const { owner, database } = dependencies;
  const scope = new Scope(owner.organization.id);
  const caller: Caller = {
    scope,
    kind: 'operator',
    userId: owner.user.id,
    email: owner.user.email,
    role: owner.role,
    keyScopes: null,
    collections: null,
  };
  try {
    // At a first start with an embedding model that does not answer, the next start makes it.
    if (dependencies.encoder.dimensions > 0 && (await isFirstStart(database, scope))) {
      const input = { name: 'Getting started', readableId: sampleReadableId, syncConfig: null };
      await createCollection(dependencies.collections, dependencies.encoder, caller, input);
    }
    if ((await dependencies.collections.find(scope, sampleReadableId)) === undefined) return;
    const signal = new AbortController().signal;
    await pushDocuments(dependencies, caller, sampleReadableId, await readDocumentation(), { wait: false, signal });
  } catch (error) {
    // A person may have taken the name, or delete the collection at this moment: a start does not fail over a sample.
    if (!isAppError(error)) throw error;
    dependencies.logger.warn({ reason: error.message }, 'the sample collection was left as it is');
  }
}

/** True once in the life of an organisation. */
async function isFirstStart(database: Database, scope: Scope): Promise<boolean> {
  const marked = await database
    .scoped(scope)
    .updateTable('organizations')
    .set({ org_metadata: sql<string>`coalesce(org_metadata, '{}') || '{"sample_collection": true}'` })
    .where('id', '=', scope.organizationId)
    .where(sql<boolean>`not coalesce(org_metadata, '{}') ? 'sample_collection'`)
    .executeTakeFirst();
  return marked.numUpdatedRows > 0n;
}

async function readDocumentation(): Promise<readonly PushedDocument[]> {
  const names = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'];
  const guides = (await readdir(`${repository}docs`)).filter((name) => name.endsWith('.md')).sort();
  const paths = [...names, ...guides.map((name) => `docs/${name}`)];
  return Promise.all(
    paths.map(async (path) => {
      const text = await readFile(`${repository}${path}`, 'utf8');
      const title = /^# (.+)$/m.exec(text)?.[1] ?? path;
      return { id: path, name: title, text, metadata: { path } };
    }),
  );
}
