import { describe, expect, it } from 'vitest';
import { collect } from '../../connector-kit/collect.fixture.ts';
import type { Json } from '../../connector-kit/index.ts';
import { describeHttpConnector } from '../testing/http-connector.conformance.ts';
import type { MockAnswer, MockRequest } from '../testing/mock-source.ts';
import { googleDrive } from './google-drive.ts';

/* Answers as Drive's description has them, for drives.list, files.list, files.get, files.export and changes.list; written for these tests. */

const times = { createdTime: '2026-01-01T10:00:00.000Z', modifiedTime: '2026-01-02T10:00:00.000Z' };
const me = { type: 'user', emailAddress: 'ada@example.com' };
const files = [
  {
    ...{
      id: 'f1',
      name: 'plan.txt',
      mimeType: 'text/plain',
      size: '11',
      md5Checksum: 'abc',
      parents: ['top'],
      ...times,
    },
    permissions: [
      me,
      { type: 'group', emailAddress: 'team@example.com' },
      { ...me, emailAddress: 'gone@example.com', deleted: true },
    ],
  },
  {
    ...{ id: 'f2', name: 'Budget', mimeType: 'application/vnd.google-apps.spreadsheet', parents: ['sub'], ...times },
    permissions: [me, { type: 'anyone' }],
  },
  { id: 'f3', name: 'shared.md', mimeType: 'text/markdown', size: '4', driveId: 'd1', parents: ['d1'], ...times },
  { id: 'v1', name: 'film.mp4', mimeType: 'video/mp4', ...times, permissions: [] },
  { id: 's1', name: 'a shortcut', mimeType: 'application/vnd.google-apps.shortcut', ...times, permissions: [] },
  { id: 'f4', name: 'private.txt', mimeType: 'text/plain', ...times, owners: [{ emailAddress: 'eve@example.com' }] },
];
const folders: Readonly<Record<string, object>> = {
  top: { name: 'My Drive' },
  sub: { name: 'Money', parents: ['top'] },
};
let changes: readonly object[] = [];

function answer({ path, query, headers }: MockRequest): MockAnswer | undefined {
  if (headers.authorization === undefined) return { status: 401 };
  if (path === '/drive/v3/drives')
    return { json: { drives: [{ id: 'd1', name: 'Team', createdTime: times.createdTime }] } };
  if (path === '/drive/v3/changes/startPageToken') return { json: { startPageToken: '100' } };
  if (path === '/drive/v3/changes') {
    if (query.pageToken === 'old') return { status: 410, json: {} };
    return { json: { changes, newStartPageToken: '101' } };
  }
  if (path === '/drive/v3/files/f3/permissions') return { json: { permissions: [me] } };
  if (path === '/drive/v3/files/f4/permissions') return { status: 403, json: {} };
  if (path === '/drive/v3/files') {
    const begin = Number(query.pageToken ?? 0);
    return {
      json: {
        files: files.slice(begin, begin + 2),
        ...(begin + 2 < files.length ? { nextPageToken: String(begin + 2) } : {}),
      },
    };
  }
  if (path === '/drive/v3/files/f2/export') return { text: `exported to ${query.mimeType}` };
  const id = path.replace('/drive/v3/files/', '');
  if (query.alt === 'media') return { text: { f1: 'hello world', f3: 'text', f4: 'mine' }[id] ?? '' };
  return folders[id] === undefined ? undefined : { json: folders[id] };
}

const { mock, readEntities, context } = describeHttpConnector({
  connector: googleDrive,
  credentials: { access_token: 'a-token' },
  handler: answer,
  expectedEntities: { drives: 1, files: 4 },
  // The description was cut down to fewer calls; this one is https://developers.google.com/workspace/drive/api/reference/rest/v3/permissions/list
  undescribed: [/\/permissions$/],
});

async function readFiles(checkpoint?: Json, include: readonly string[] = []) {
  const given = {
    ...context(),
    config: { include_patterns: include },
    ...(checkpoint === undefined ? {} : { checkpoint }),
  };
  const stream = googleDrive.streams.files;
  if (stream === undefined) throw new Error('There are no files.');
  return collect(stream.read(given));
}

describe('google_drive', () => {
  it('gives each file with who may see it', async () => {
    const access = (await readEntities()).map((entity) => [entity.id, entity.access]);
    expect(Object.fromEntries(access)).toEqual({
      d1: undefined,
      f1: { viewers: ['group:team@example.com', 'user:ada@example.com'], isPublic: false },
      f2: { viewers: ['user:ada@example.com'], isPublic: true },
      f3: { viewers: ['user:ada@example.com'], isPublic: false },
      // Whose permissions Drive does not tell: its owner.
      f4: { viewers: ['user:eve@example.com'], isPublic: false },
    });
  });

  it('exports what is Google’s own, and says which drive a file is in', async () => {
    const [, budget, shared] = (await readFiles()).flatMap(({ entities }) => entities);
    expect(budget?.name).toBe('Budget.xlsx');
    const stream = await budget?.file?.open(new AbortController().signal);
    if (stream === undefined) throw new Error('There is no file.');
    expect((await collect<Buffer>(stream)).join('')).toContain('exported to application/vnd.openxmlformats');
    expect(shared?.breadcrumbs).toEqual([{ entityId: 'd1', name: 'Team', entityType: 'GoogleDriveDriveEntity' }]);
    expect(budget?.breadcrumbs).toEqual([
      { entityId: 'my_drive', name: 'My Drive', entityType: 'GoogleDriveDriveEntity' },
    ]);
  });

  it('keeps what the patterns name', async () => {
    const ids = async (...patterns: string[]) =>
      (await readFiles(undefined, patterns)).flatMap(({ entities }) => entities.map(({ id }) => id));
    expect(await ids('*.txt')).toEqual(['f1', 'f4']);
    expect(await ids('Money/*')).toEqual(['f2']);
    expect(await ids('Mon')).toEqual([]);
  });

  it('goes on with the changes since the token from before the first reading, deletions among them', async () => {
    const last = (await readFiles()).at(-1)?.checkpoint;
    expect(last).toEqual({ token: '100' });
    changes = [
      { changeType: 'file', fileId: 'f1', file: { ...files[0], name: 'plan-2.txt' } },
      { changeType: 'file', fileId: 'f2', removed: true },
      { changeType: 'file', fileId: 'f3', file: { ...files[2], trashed: true } },
      { changeType: 'drive', driveId: 'd1' },
    ];
    const pages = await readFiles(last);
    expect(pages.flatMap(({ entities }) => entities.map(({ id, name }) => [id, name]))).toEqual([['f1', 'plan-2.txt']]);
    expect(pages.flatMap(({ deletions = [] }) => deletions.map(({ id }) => id))).toEqual(['f2', 'f3']);
    expect(pages.at(-1)?.checkpoint).toEqual({ token: '101' });
    changes = [];
    expect(await readFiles({ token: '101' })).toEqual([]);
  });

  it('reads everything again when Drive has forgotten the token', async () => {
    const pages = await readFiles({ token: 'old' });
    expect(pages.flatMap(({ entities }) => entities)).toHaveLength(4);
    expect(pages.at(-1)?.checkpoint).toEqual({ token: '100' });
  });

  it('fails a file that Drive does not give, not the run', async () => {
    const [file] = (await readFiles()).flatMap(({ entities }) => entities);
    mock.interfere = () => ({ status: 403, json: {} });
    await expect(file?.file?.open(new AbortController().signal)).rejects.toMatchObject({ kind: 'entity' });
  });
});
