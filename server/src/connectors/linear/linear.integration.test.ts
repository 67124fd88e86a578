import { describe, expect, it } from 'vitest';
import { collect } from '../../connector-kit/collect.fixture.ts';
import type { Json } from '../../connector-kit/index.ts';
import { describeHttpConnector } from '../testing/http-connector.conformance.ts';
import type { MockAnswer, MockRequest } from '../testing/mock-source.ts';
import { linear } from './linear.ts';

/* Answers as Linear's schema has them, for the queries teams, projects, users, issues and comments; written for these tests. */

const at = (day: number, archivedAt: string | null = null) => ({
  ...{ createdAt: '2026-01-01T00:00:00.000Z', updatedAt: `2026-01-0${day}T00:00:00.000Z`, archivedAt },
});
const team = { id: 't1', name: 'Engine' };
const project = { id: 'p1', name: 'Steam' };
const issues = [1, 2, 3].map((number) => ({
  ...{ id: `i${number}`, identifier: `ENG-${number}`, title: `Issue ${number}`, ...at(number), trashed: null, team },
  ...{ project: number === 1 ? project : null, priority: 2, completedAt: null, dueDate: null, state: { name: 'Todo' } },
  description:
    number === 1 ? 'See [plan.txt](https://uploads.linear.app/org/a/b) and [site](https://example.com)' : null,
  assignee: { name: 'Ada' },
}));
const issue = { id: 'i1', identifier: 'ENG-1', title: 'Issue 1', team, project, archivedAt: null };
interface Node {
  readonly [field: string]: unknown;
  readonly updatedAt: string;
  readonly archivedAt: string | null;
}
const nodes: Readonly<Record<string, readonly Node[]>> = {
  teams: [{ ...team, ...at(1), key: 'ENG', visibility: 'public', issueCount: 3, parent: null }],
  projects: [
    {
      ...project,
      ...at(1),
      slugId: 's1',
      priority: 0,
      progress: 0.5,
      teams: { nodes: [team] },
      lead: null,
      status: { name: 'Started' },
    },
  ],
  users: [
    {
      id: 'u1',
      ...at(1),
      name: 'Ada Lovelace',
      displayName: 'ada',
      email: 'ada@example.com',
      active: true,
      teams: { nodes: [team] },
    },
  ],
  issues: [
    ...issues,
    { ...issues[0], id: 'i4', identifier: 'ENG-4', title: 'Old', ...at(5, '2026-01-05T00:00:00.000Z') },
  ],
  comments: [
    { id: 'c1', ...at(1), body: 'A comment', user: { id: 'u1', name: 'Ada' }, issue },
    { id: 'c2', ...at(2), body: 'On a project', user: null, issue: null },
  ],
};

interface Asked {
  readonly query: string;
  readonly variables: {
    readonly after?: string;
    readonly archived?: boolean;
    readonly filter?: { readonly updatedAt: { readonly gte: string } };
  };
}

function answer({ path, host, body, headers }: MockRequest): MockAnswer | undefined {
  if (headers.authorization !== 'Bearer a-token' && headers.authorization !== 'Bearer new-token')
    return { status: 401 };
  if (host === 'uploads.linear.app') return path === '/org/a/b' ? { text: 'the plan' } : undefined;
  const { query, variables } = body as Asked;
  if (query.includes('viewer')) return { json: { data: { viewer: { id: 'u1' } } } };
  const name = query.match(/\{ (\w+)\(first: 50/)?.[1] ?? '';
  const all = (nodes[name] ?? []).filter(
    (node) =>
      (variables.archived === true || node.archivedAt === null) &&
      node.updatedAt >= (variables.filter?.updatedAt.gte ?? ''),
  );
  const begin = Number(variables.after ?? 0);
  const pageInfo = { hasNextPage: begin + 2 < all.length, endCursor: String(begin + 2) };
  return { json: { data: { [name]: { nodes: all.slice(begin, begin + 2), pageInfo } } } };
}

const { mock, readEntities, context } = describeHttpConnector({
  connector: linear,
  credentials: { access_token: 'a-token' },
  handler: answer,
  expectedEntities: { teams: 1, projects: 1, users: 1, issues: 4, comments: 1 },
});

const readIssues = (checkpoint: Json) => {
  const stream = linear.streams.issues;
  if (stream === undefined) throw new Error('There are no issues.');
  return collect(stream.read({ ...context(), checkpoint }));
};

describe('linear', () => {
  it('reads only what changed, and deletes what was archived', async () => {
    mock.requests.length = 0;
    const pages = await readIssues({ since: '2026-01-03T00:00:00.000Z' });
    expect(pages.flatMap(({ entities }) => entities.map(({ id }) => id))).toEqual(['i3']);
    expect(pages.flatMap(({ deletions = [] }) => deletions)).toEqual([{ id: 'i4', type: 'LinearIssueEntity' }]);
    expect(pages.at(-1)?.checkpoint).toEqual({ since: '2026-01-05T00:00:00.000Z' });
    expect((mock.requests[0]?.body as Asked | undefined)?.variables).toMatchObject({
      filter: { updatedAt: { gte: '2026-01-03T00:00:00.000Z' } },
      archived: true,
    });
  });

  it('gives the files of a description, signed in, with ids that stay', async () => {
    const files = (await readEntities()).filter(({ type }) => type === 'LinearAttachmentEntity');
    expect(files.map(({ id, name }) => [id, name])).toEqual([['org/a/b', 'plan.txt']]);
    const content = await files[0]?.file?.open(new AbortController().signal);
    if (content === undefined) throw new Error('There is no file.');
    expect(Buffer.concat(await collect<Buffer>(content)).toString()).toBe('the plan');
    expect(files[0]?.breadcrumbs.map(({ entityId }) => entityId)).toEqual(['t1', 'p1', 'i1']);
  });

  it.each([
    ['RATELIMITED', 'rate_limited'],
    ['AUTHENTICATION_ERROR', 'credentials'],
    ['INTERNAL_SERVER_ERROR', 'source'],
  ])('takes the error %s within an answer for %s', async (code, kind) => {
    mock.interfere = () => ({ json: { errors: [{ message: 'secret words', extensions: { code } }], data: null } });
    const validated = linear.validate(context());
    await expect(validated).rejects.toMatchObject({ kind });
    await expect(validated).rejects.not.toThrow(/secret words/);
  });
});
