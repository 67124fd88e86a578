import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectHidden, expectRefusals } from '../testing/expect-refusals.ts';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

let fixture: SourceFixture;
let folder: string;
let made = 0;
beforeAll(async () => {
  fixture = await createSourceFixture();
  folder = await mkdtemp(join(tmpdir(), 'weft-browse-'));
});
afterAll(async () => {
  await fixture.close();
  await rm(folder, { recursive: true, force: true });
});

/** A connection to a folder of its own with these files, not run yet. */
async function connectFolder(paths: readonly string[], body: object = {}) {
  made += 1;
  const path = join(folder, `${made}`);
  for (const file of paths) {
    await mkdir(dirname(join(path, file)), { recursive: true });
    await writeFile(join(path, file), `What is in ${file}.`);
  }
  await fixture.createCollection(`browse-${made}`);
  const config = { path };
  const { body: connection } = await fixture.connect(`browse-${made}`, { short_name: 'files', config, ...body });
  return {
    id: connection.id as string,
    path,
    collection: `browse-${made}`,
    url: `/source-connections/${connection.id}`,
  };
}

const select = (url: string, source_node_ids: unknown) =>
  fixture.call('POST', `${url}/browse-tree/select`, { source_node_ids });

async function documentsOf(collection: string): Promise<readonly string[]> {
  const { body } = await fixture.call('GET', `/collections/${collection}/documents?limit=1000`);
  return body.map((document: { entity_id: string }) => document.entity_id).sort();
}

describe('the browse tree of a connection', () => {
  test('is asked of the source, level by level, with and without a slash at the end', async () => {
    const { url } = await connectFolder(['a/b/c.md', 'a/d.md', 'e.md']);
    const top = {
      nodes: [
        {
          source_node_id: 'folder:a',
          node_type: 'folder',
          title: 'a',
          description: null,
          item_count: null,
          has_children: true,
          node_metadata: null,
        },
        {
          source_node_id: 'file:e.md',
          node_type: 'file',
          title: 'e.md',
          description: null,
          item_count: null,
          has_children: false,
          node_metadata: { size: 16 },
        },
      ],
      parent_node_id: null,
      total: 2,
    };
    for (const path of [`${url}/browse-tree`, `${url}/browse-tree/`]) {
      expect(await fixture.call('GET', path)).toMatchObject({ status: 200, body: top });
    }
    const { body } = await fixture.call('GET', `${url}/browse-tree?parent_node_id=folder:a`);
    expect(body).toMatchObject({
      nodes: [{ source_node_id: 'folder:a/b' }, { source_node_id: 'file:a/d.md' }],
      parent_node_id: 'folder:a',
      total: 2,
    });
  });

  test('says what is wrong', async () => {
    const { url, path } = await connectFolder(['a.md']);
    const outside = await fixture.call('GET', `${url}/browse-tree?parent_node_id=folder:../..`);
    expect([outside.status, outside.body.detail]).toEqual([404, expect.stringContaining('There is no folder')]);
    await rm(path, { recursive: true });
    const gone = await fixture.call('GET', `${url}/browse-tree`);
    expect([gone.status, gone.body.detail]).toEqual([400, expect.stringContaining('does not exist')]);
  });

  test('is a 404 for a source that has none', async () => {
    await fixture.createCollection('browse-stub');
    const { body } = await fixture.connect('browse-stub');
    const url = `/source-connections/${body.id}`;
    const answer = await fixture.call('GET', `${url}/browse-tree`);
    expect([answer.status, answer.body.detail]).toEqual([404, expect.stringContaining('no browse tree')]);
    expect((await select(url, [])).status).toBe(404);
  });

  test('is hidden from others', async () => {
    const { url } = await connectFolder(['a.md']);
    await expectHidden(fixture, 'GET', `${url}/browse-tree`);
    await expectHidden(fixture, 'POST', `${url}/browse-tree/select`, { source_node_ids: ['file:a.md'] });
    await select(url, ['file:a.md']);
    const limited = await fixture.createKey({ collections: ['another-collection'] });
    for (const key of [fixture.foreign.key, limited]) {
      const { status, body } = await fixture.ask('GET', `${url}/browse-tree/selections`, { key });
      expect([status, body]).toEqual([200, []]);
    }
    const own = fixture.endpoints.filter(({ path }) => path.includes('/browse-tree'));
    expect(own).toHaveLength(3);
    for (const endpoint of own) await expectRefusals(fixture, endpoint);
  });
});

describe('a selection', () => {
  test('limits what is read, and what is no longer selected is deleted without a question', async () => {
    const many = Array.from({ length: 120 }, (_, i) => `many/${i}.md`);
    const { id, url, collection } = await connectFolder([...many, 'kept/a.md', 'kept/sub/b.md', 'c.md']);
    const worker = fixture.startWorker();
    await fixture.call('POST', `${url}/run`);
    await fixture.waitForJob(id, 'completed');
    expect(await documentsOf(collection)).toHaveLength(123);

    const { status, body } = await select(url, ['folder:kept', 'file:c.md', 'folder:kept']);
    expect([status, body]).toEqual([
      200,
      {
        source_connection_id: id,
        selections_count: 2,
        sync_job_id: expect.any(String),
        message: expect.stringContaining('2 nodes'),
      },
    ]);
    const job = await fixture.waitForJob(id, 'completed', 'failed');
    expect(job).toMatchObject({ id: body.sync_job_id, status: 'completed', is_full: true, entities_deleted: 120 });
    expect(await documentsOf(collection)).toEqual(['c.md', 'kept/a.md', 'kept/sub/b.md']);
    expect((await fixture.call('GET', url)).body.held_deletions).toBeNull();
    expect((await fixture.call('GET', `${url}/browse-tree/selections`)).body).toEqual([
      { source_node_id: 'folder:kept', node_type: 'folder', node_title: null, node_metadata: null },
      { source_node_id: 'file:c.md', node_type: 'file', node_title: null, node_metadata: null },
    ]);

    await select(url, []);
    await fixture.waitForJob(id, 'completed');
    expect(await documentsOf(collection)).toHaveLength(123);
    expect((await fixture.call('GET', `${url}/browse-tree/selections`)).body).toEqual([]);
    await worker.stop();
  });

  test('of the same nodes asks as before when most of a source seems to be gone', async () => {
    const many = Array.from({ length: 120 }, (_, i) => `many/${i}.md`);
    const { id, url, path, collection } = await connectFolder([...many, 'a.md']);
    const worker = fixture.startWorker();
    await select(url, ['folder:many', 'file:a.md']);
    await fixture.waitForJob(id, 'completed');
    await rm(join(path, 'many'), { recursive: true });
    await select(url, ['file:a.md', 'folder:many']);
    await fixture.waitForJob(id, 'completed');
    expect((await fixture.call('GET', url)).body.held_deletions).toEqual({ count: 120, total: 121 });
    expect(await documentsOf(collection)).toHaveLength(121);
    await worker.stop();
  });

  test('joins a run that waits, and takes the place of one that is to end', async () => {
    const { id, url } = await connectFolder(['a.md', 'b.md']);
    const { body: waiting } = await fixture.call('POST', `${url}/run`);
    const { body: joined } = await select(url, ['file:a.md']);
    expect(joined.sync_job_id).toBe(waiting.id);
    await fixture.database
      .system()
      .updateTable('sync_jobs')
      .set({ status: 'cancelling' })
      .where('id', '=', waiting.id)
      .execute();
    const { status, body } = await select(url, ['file:b.md']);
    expect([status, body.sync_job_id === waiting.id]).toEqual([200, false]);
    const { body: jobs } = await fixture.call('GET', `${url}/jobs`);
    expect(jobs.map((job: { status: string }) => job.status).sort()).toEqual(['cancelled', 'pending']);
    const worker = fixture.startWorker();
    expect(await fixture.waitForJob(id, 'completed')).toMatchObject({ entities_inserted: 1 });
    await worker.stop();
  });

  test('has a run under way begin again', async () => {
    const paths = Array.from({ length: 2_000 }, (_, i) => `many/${i}.md`);
    const { id, url, collection } = await connectFolder([...paths, 'z.md']);
    const worker = fixture.startWorker();
    const { body: first } = await fixture.call('POST', `${url}/run`);
    // Until something of the first reading is committed.
    for (;;) {
      const { body } = await fixture.call('GET', `${url}/jobs?limit=1`);
      if (body[0].entities_inserted > 0) break;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const { body } = await select(url, ['file:z.md']);
    expect(body.sync_job_id).toBe(first.id);
    const job = await fixture.waitForJob(id, 'completed', 'failed');
    expect([job.status, job.error]).toEqual(['completed', null]);
    expect(await documentsOf(collection)).toEqual(['z.md']);
    await worker.stop();
  });

  test('is refused while the sync is paused, and for a connection without one', async () => {
    const { url } = await connectFolder(['a.md']);
    await fixture.call('POST', `${url}/pause`);
    const paused = await select(url, ['file:a.md']);
    expect([paused.status, paused.body.detail]).toEqual([409, expect.stringContaining('Resume it first')]);
    expect((await fixture.call('GET', `${url}/browse-tree/selections`)).body).toEqual([]);
    const { url: without } = await connectFolder(['a.md'], { schedule: { cron: null } });
    const answer = await select(without, ['file:a.md']);
    expect([answer.status, answer.body.detail]).toEqual([404, expect.stringContaining('no sync')]);
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'file:a.md'],
    ['numbers', [1]],
    ['an empty id', ['']],
    ['an id that is too long', ['x'.repeat(2_001)]],
    ['an id of too many bytes', ['é'.repeat(1_500)]],
    ['a NUL', ['file:a\0b']],
    ['half a character', ['file:a\ud800']],
    ['more than 10,000 ids', Array.from({ length: 10_001 }, (_, i) => `file:${i}`)],
  ])('of %s is refused', async (_name, nodes) => {
    const { url } = await connectFolder([]);
    expect((await select(url, nodes)).status).toBe(422);
  });
});
