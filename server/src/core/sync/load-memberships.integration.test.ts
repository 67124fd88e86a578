import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSyncFixture, type SyncFixture } from '../../../test/sync-fixture.ts';
import { PostgresSearchStore } from '../../adapters/postgres/search-store.ts';
import { type Access, type GroupMembership, SourceError } from '../../connector-kit/index.ts';
import type { SourceConnection } from '../connections/index.ts';
import { resolveSearcher, SearchQuery, searchCollection, toSourceLabel } from '../search/index.ts';

let fixture: SyncFixture;
let connection: SourceConnection;
let given: () => AsyncIterable<readonly GroupMembership[]>;
let accessOf: Readonly<Record<string, Access>>;

const anna = { member: 'user:anna@example.com', group: 'group:sales' };
const nested = { member: 'group:sales', group: 'group:staff' };

beforeAll(async () => {
  fixture = await createSyncFixture();
  fixture.source.memberships = () => given();
  accessOf = {
    staff: { viewers: ['group:staff'], isPublic: false },
    anna: { viewers: ['user:Anna@Example.com'], isPublic: false },
    nobody: { viewers: [], isPublic: false },
    everyone: { viewers: [], isPublic: true },
  };
  fixture.source.pages = async function* () {
    const entities = [...Object.entries(accessOf), ['unrestricted', undefined] as const];
    yield {
      checkpoint: 1,
      entities: entities.map(([id, access]) => ({
        ...{ id, type: 'NoteEntity', name: id, breadcrumbs: [], fields: {}, text: 'the quarterly figures' },
        ...(access === undefined ? {} : { access }),
      })),
    };
  };
  connection = await fixture.connect();
  fixture.startWorker();
});
afterAll(() => fixture.close());

async function* pages(...all: readonly (readonly GroupMembership[])[]): AsyncGenerator<readonly GroupMembership[]> {
  yield* all;
}

async function* broken(): AsyncGenerator<readonly GroupMembership[]> {
  yield [anna];
  throw new SourceError('source', 'The directory of token-1234567890 refuses.');
}

async function seenBy(email: string): Promise<readonly string[]> {
  const caller = { ...fixture.caller, kind: 'user', email } as const;
  const principals = await resolveSearcher(fixture.dependencies, caller, fixture.collection.id);
  const { results } = await searchCollection(
    { ...fixture.dependencies, encoder: fixture.encoder, store: new PostgresSearchStore(fixture.database) },
    caller.scope,
    {
      collection: { id: fixture.collection.id, generation: 1, encoderName: fixture.encoder.name },
      ...{ query: SearchQuery.parse('quarterly figures'), strategy: 'hybrid', groupBy: 'document' },
      ...{ limit: 50, offset: 0, ...(principals === undefined ? {} : { principals }) },
    },
    new AbortController().signal,
  );
  return results.map(({ chunk }) => chunk.name).toSorted();
}

const warnings = async (jobId: string) => {
  const lines = await fixture.database
    .system()
    .selectFrom('sync_job_logs')
    .select(['message'])
    .where('sync_job_id', '=', jobId)
    .where('level', '=', 'warn')
    .execute();
  return lines.map(({ message }) => message);
};

describe('a source that says who is in which group', () => {
  it('opens documents to those in the groups that they name, and to those whom they name', async () => {
    given = () => pages([anna], [nested]);
    expect((await fixture.run(connection)).status).toBe('completed');
    expect(await seenBy('anna@example.com')).toEqual(['anna', 'everyone', 'staff', 'unrestricted']);
    expect(await seenBy('ben@example.com')).toEqual(['everyone', 'unrestricted']);
  });

  it('takes effect without the documents having changed', async () => {
    given = () => pages([{ ...anna, member: 'user:ben@example.com' }, nested]);
    const job = await fixture.run(connection);
    expect(job).toMatchObject({ status: 'completed', counts: { kept: 5, updated: 0 } });
    expect(await seenBy('ben@example.com')).toEqual(['everyone', 'staff', 'unrestricted']);
    expect(await seenBy('anna@example.com')).toEqual(['anna', 'everyone', 'unrestricted']);
  });

  it('shows nobody what is restricted while it cannot say so, and the run goes on', async () => {
    given = broken;
    const job = await fixture.run(connection);
    expect(job.status).toBe('completed');
    expect(await warnings(job.id)).toEqual([expect.stringContaining('The group memberships could not be read: ')]);
    for (const email of ['anna@example.com', 'ben@example.com']) {
      expect(await seenBy(email)).toEqual(['everyone', 'unrestricted']);
    }
    given = () => pages([anna, nested]);
    await fixture.run(connection);
    expect(await seenBy('anna@example.com')).toEqual(['anna', 'everyone', 'staff', 'unrestricted']);
  });

  it('may give labels that cannot be kept: those are left out and told', async () => {
    given = () =>
      pages([anna, nested, { member: 'user:x\0', group: 'group:y' }, { member: 'x'.repeat(2000), group: 'y' }]);
    const job = await fixture.run(connection);
    expect(await warnings(job.id)).toEqual([expect.stringContaining('2 memberships were left out')]);
    expect(await seenBy('anna@example.com')).toContain('staff');
  });

  it('is shown with its own labels', async () => {
    const rows = await fixture.database.system().selectFrom('documents').select(['entity_id', 'access']).execute();
    const stored = rows.find((row) => row.entity_id === 'staff')?.access?.viewers ?? [];
    expect(stored).toEqual([`group:${connection.id}/staff`]);
    expect(stored.map((label) => toSourceLabel(label, connection.id))).toEqual(['group:staff']);
  });
});
