import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runWeft } from './__fixtures__/run-weft.ts';
import { type Reply, type SeenRequest, startTestServer, type TestServer } from './__fixtures__/test-server.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

const weft: typeof runWeft = (args, variables, started) =>
  runWeft(args, { WEFT_DATA_DIR: join(folder, 'data'), ...variables }, started);

const collection = {
  id: '1',
  name: 'Notes',
  readable_id: 'notes',
  status: 'ACTIVE',
  modified_at: '2026-01-02T00:00:00Z',
};
const connection = {
  id: 'c1',
  name: 'notes',
  short_name: 'files',
  readable_collection_id: 'notes',
  entity_count: 2,
  status: 'active',
};
const job = {
  id: 'j1',
  status: 'completed',
  duration_seconds: 1.5,
  entities_inserted: 2,
  entities_updated: 0,
  entities_deleted: 0,
  entities_failed: 1,
};

/** As the server answers when all is well; a test puts its own answers before. */
function answer({ method, path }: SeenRequest): Reply | undefined {
  const route = `${method} ${path.split('?')[0]}`;
  const replies: Record<string, unknown> = {
    'GET /openapi.json': { info: { version: '1.2.3' } },
    'GET /health/ready': { status: 'ready', checks: {} },
    'GET /collections': [collection],
    'GET /collections/notes': collection,
    'DELETE /collections/notes': collection,
    'GET /source-connections': [connection],
    'GET /source-connections/c1': { ...connection, config: { path: folder }, sync: { last_job: job } },
    'POST /source-connections/c1/run': { ...job, status: 'pending' },
    'GET /source-connections/c1/jobs': [job],
    'GET /collections/notes/documents': [{ id: 'd1', name: 'a.pdf', state: 'failed', error: 'It has a password.' }],
    'POST /collections/notes/search/instant': {
      results: [{ name: 'harbour.md', relevance_score: 0.9, textual_representation: 'The keeper\u001b[2J paints.' }],
    },
    'POST /api-keys': { id: 'k1', decrypted_key: 'the-key', expiration_date: '2026-04-01T00:00:00Z' },
    'DELETE /api-keys': { id: 'k1', name: 'bot' },
    'GET /api-keys': [{ id: 'k1', key_prefix: 'abcdefgh', name: 'bot', scopes: ['search'] }],
  };
  return Object.hasOwn(replies, route) ? { body: replies[route] } : undefined;
}

describe('without a server', () => {
  it('prints help and version on standard output and ends with 0', async () => {
    expect(await weft(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('./weft connect'), err: '' });
    expect(await weft(['--version'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      err: '',
    });
    expect(await weft(['search', '--help'])).toMatchObject({ code: 0, out: expect.stringContaining('Examples:') });
  });

  it.concurrent.each([
    [[]],
    [['serch']],
    [['search']],
    [['search', '  ']],
    [['search', 'x', '--limit', '0']],
    [['search', 'x', '--strategy', 'guess']],
    [['search', 'x', '--nonsense']],
    [['keys', 'create', '--scopes', 'everything']],
    [['status', '--url', 'not an address']],
  ])('ends with 2 at wrong usage: %j', async (args) => {
    const { code, out, err } = await weft(args, { WEFT_URL: 'http://127.0.0.1:9' });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).not.toBe('');
  });

  it('ends with 3 and says npm start', async () => {
    expect(await weft(['status'])).toMatchObject({ code: 3, out: '', err: expect.stringContaining('npm start') });
  });

  it('gives errors as JSON on standard error with --json, before or after the command', async () => {
    for (const args of [
      ['--json', 'status'],
      ['status', '--json'],
    ]) {
      const { code, out, err } = await weft(args);
      expect({ code, out }).toEqual({ code: 3, out: '' });
      expect(JSON.parse(err)).toMatchObject({ error: { code: 'no_server' } });
    }
  });
});

describe('with a server', () => {
  let server: TestServer;
  let override: (request: SeenRequest) => Reply | undefined;
  beforeAll(async () => {
    server = await startTestServer((request) => override(request) ?? answer(request));
  });
  afterAll(() => server[Symbol.asyncDispose]());
  const run = (
    args: readonly string[],
    replies: typeof override = () => undefined,
    started?: (child: ChildProcess) => void,
  ) => {
    override = replies;
    return weft(args, { WEFT_URL: server.url }, started);
  };

  it('searches, with the answer on standard output and free of escape sequences', async () => {
    const { code, out, err } = await run(['search', 'who', 'paints']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('The keeper paints.');
    expect(out).not.toContain('\u001b');
    expect(server.seen.at(-1)?.body).toEqual({
      query: 'who paints',
      limit: 5,
      offset: 0,
      retrieval_strategy: 'hybrid',
    });
  });

  it('waits for the first documents while they are being read', async () => {
    let asked = 0;
    const replies = ({ path }: SeenRequest) => {
      if (!path.startsWith('/source-connections?') && path !== '/source-connections') return undefined;
      asked += 1;
      return { body: [asked < 3 ? { ...connection, entity_count: 0, status: 'syncing' } : connection] };
    };
    const { code, out } = await run(['search', 'paint'], replies);
    expect({ code, asked }).toEqual({ code: 0, asked: 3 });
    expect(out).toContain('harbour.md');
  });

  it('says which of several collections it searches', async () => {
    const other = { ...collection, readable_id: 'older', modified_at: '2025-01-01T00:00:00Z' };
    const replies = ({ path }: SeenRequest) =>
      path.startsWith('/collections?')
        ? { body: [other, collection] }
        : path.startsWith('/source-connections?')
          ? { body: [connection, { ...connection, readable_collection_id: 'older' }] }
          : undefined;
    const { code, err } = await run(['search', 'paint'], replies);
    expect(code).toBe(0);
    expect(err).toContain('Searching "notes"');
  });

  it('gives nothing but the API’s answer on standard output with --json', async () => {
    const { code, out, err } = await run(['search', 'paint', '--json']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toMatchObject({ collection: 'notes', results: [{ name: 'harbour.md' }] });
  });

  it('finds nothing without failing', async () => {
    const { code, out } = await run(['search', '-c', 'notes', 'x'], ({ method }) =>
      method === 'POST' ? { body: { results: [] } } : undefined,
    );
    expect({ code, out: out.slice(0, 10) }).toEqual({ code: 0, out: 'Nothing in' });
  });

  it('ends with 4 when it is not allowed, 5 when there is no such collection, 1 when the server fails', async () => {
    for (const [status, expected] of [
      [401, 4],
      [403, 4],
      [404, 5],
      [500, 1],
    ] as const) {
      const { code, out } = await run(['search', '-c', 'notes', 'x'], () => ({ status, body: { detail: 'No.' } }));
      expect({ code, out }).toEqual({ code: expected, out: '' });
    }
  });

  it('ends with 5 when nothing holds documents yet', async () => {
    const { code, err } = await run(['search', 'x'], ({ method }) => (method === 'GET' ? { body: [] } : undefined));
    expect({ code, says: err.includes('./weft connect') }).toEqual({ code: 5, says: true });
  });

  it('prints a new key alone, so that a shell can take it', async () => {
    const { code, out, err } = await run([
      'keys',
      'create',
      '--name',
      'bot',
      '--scopes',
      'search,read',
      '--expires-in-days',
      '30',
    ]);
    expect({ code, out }).toEqual({ code: 0, out: 'the-key\n' });
    expect(err).toContain('shown once');
    expect(server.seen.at(-1)?.body).toEqual({ name: 'bot', scopes: ['search', 'read'], expiration_days: 30 });
  });

  it('lists and revokes keys', async () => {
    expect((await run(['keys', 'list'])).out).toContain('abcdefgh');
    expect(await run(['keys', 'revoke', 'k1'])).toMatchObject({ code: 0, out: 'Revoked bot.\n' });
    expect(server.seen.at(-1)).toMatchObject({ method: 'DELETE', path: '/api-keys?id=k1' });
  });

  it('reads a connected folder again instead of connecting it twice', async () => {
    const before = server.seen.length;
    const { code, out, err } = await run(['connect', folder, '-c', 'notes']);
    expect(code).toBe(0);
    expect(out).toMatch(/^Done in 1.5 s: 2 new documents.\n1 document could not be read.*--state failed/);
    expect(err).toContain('connected already');
    const sent = server.seen.slice(before).filter(({ method }) => method === 'POST');
    expect(sent.map(({ path }) => path)).toEqual(['/source-connections/c1/run']);
  });

  it('makes a collection and a connection for a new folder', async () => {
    const before = server.seen.length;
    const { code, out } = await run(['connect', folder, '-c', 'new-one', '--exclude', '*.log', '--json'], (request) => {
      if (request.path === '/collections/new-one') return { status: 404, body: { detail: 'Collection not found' } };
      if (request.method === 'POST' && request.path === '/collections')
        return { body: { ...collection, readable_id: 'new-one' } };
      if (request.method === 'GET' && request.path.startsWith('/source-connections?')) return { body: [] };
      if (request.method === 'POST' && request.path === '/source-connections') return { body: connection };
      return undefined;
    });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ collection: { readable_id: 'new-one' }, job: { status: 'completed' } });
    const [made, connected] = server.seen.slice(before).filter(({ method }) => method === 'POST');
    expect(made?.body).toEqual({ name: 'New one', readable_id: 'new-one' });
    expect(connected?.body).toMatchObject({ short_name: 'files', config: { path: folder, exclude: ['*.log'] } });
  });

  it('watches a run that is under way already', async () => {
    const { code } = await run(['connect', folder, '-c', 'notes'], ({ path }) =>
      path.endsWith('/run') ? { status: 400, body: { detail: 'A sync job is already running' } } : undefined,
    );
    // The latest job has ended meanwhile, so the refusal stands.
    expect(code).toBe(1);
  });

  it('ends with 1 when the sync fails, with its reason', async () => {
    const { code, out } = await run(['connect', folder, '-c', 'notes'], ({ path }) =>
      path.includes('/jobs') ? { body: [{ ...job, status: 'failed', error: 'The folder is gone.' }] } : undefined,
    );
    expect({ code, says: out.includes('The folder is gone.') }).toEqual({ code: 1, says: true });
  });

  it('leaves the sync running at Ctrl-C and says so', async () => {
    let polls = 0;
    let child: ChildProcess | undefined;
    const running = ({ path }: SeenRequest) => {
      if (!path.includes('/jobs')) return undefined;
      polls += 1;
      if (polls === 2) child?.kill('SIGINT');
      return { body: [{ ...job, status: 'running' }] };
    };
    const { code, err } = await run(['connect', folder, '-c', 'notes'], running, (started) => {
      child = started;
    });
    expect(code).toBe(130);
    expect(err).toContain('Weft goes on reading the folder');
  });

  it('ends with 5 for a folder that is not there, before asking the server', async () => {
    const before = server.seen.length;
    expect(await run(['connect', join(folder, 'nowhere')])).toMatchObject({ code: 5, out: '' });
    expect(server.seen.length).toBe(before);
  });

  it('tells how the server is', async () => {
    expect(await run(['status'])).toMatchObject({ code: 0, out: expect.stringContaining('1 collection, 2 documents') });
    const down = await run(['status', '--json'], ({ path }) =>
      path === '/health/ready'
        ? { status: 503, body: { status: 'not_ready', checks: { database: { status: 'down' } } } }
        : undefined,
    );
    expect({ code: down.code, answer: JSON.parse(down.out) }).toMatchObject({ code: 1, answer: { is_ready: false } });
  });

  it('lists documents that failed, and jobs by the name of their connection', async () => {
    expect((await run(['documents', '--state', 'failed'])).out).toContain('It has a password.');
    expect(server.seen.at(-1)?.path).toBe('/collections/notes/documents?limit=100&state=failed');
    expect((await run(['jobs', 'notes'])).out).toContain('completed');
    expect((await run(['jobs', 'unheard of'])).code).toBe(5);
  });

  it('deletes nothing without being told to', async () => {
    const before = server.seen.length;
    expect(await run(['collections', 'delete', 'notes'])).toMatchObject({ code: 2, out: '' });
    expect(server.seen.slice(before).some(({ method }) => method === 'DELETE')).toBe(false);
    expect(await run(['collections', 'delete', 'notes', '--yes'])).toMatchObject({
      code: 0,
      out: 'Deleted "notes".\n',
    });
  });
});
