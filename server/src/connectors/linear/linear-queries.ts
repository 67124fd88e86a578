import { z } from 'zod';
import { type Call, connectionPages, graphql, type JsonObject, withBody } from '../../connector-kit/index.ts';

/* Linear's objects and the queries for them. https://linear.app/developers/graphql */

const text = z.string().nullish();
const times = { id: z.string(), createdAt: z.string(), updatedAt: z.string(), archivedAt: text };
const named = z.object({ id: z.string(), name: z.string() });
const teams = z.object({ nodes: z.array(named) });

export const Team = z.object({
  ...{ ...times, name: z.string(), key: z.string(), description: text, color: text, icon: text },
  ...{ visibility: text, timezone: text, parent: named.nullish(), issueCount: z.int().nullish() },
});

export const Project = z.object({
  ...{ ...times, name: z.string(), slugId: z.string(), description: text, priority: z.number().nullish() },
  ...{
    status: z.object({ name: z.string() }).nullish(),
    completedAt: text,
    startedAt: text,
    targetDate: text,
    startDate: text,
  },
  ...{ progress: z.number().nullish(), teams, lead: z.object({ name: z.string() }).nullish() },
});

export const User = z.object({
  ...{ ...times, name: text, displayName: text, email: z.string(), avatarUrl: text, description: text, timezone: text },
  ...{ active: z.boolean().nullish(), admin: z.boolean().nullish(), guest: z.boolean().nullish(), lastSeen: text },
  ...{ statusEmoji: text, statusLabel: text, statusUntilAt: text, createdIssueCount: z.int().nullish(), teams },
});

const ofIssue = { id: z.string(), identifier: z.string(), title: z.string(), team: named, project: named.nullish() };

export const Issue = z.object({
  ...{ ...times, ...ofIssue, trashed: z.boolean().nullish(), description: text, priority: z.number().nullish() },
  ...{ completedAt: text, dueDate: text, state: z.object({ name: z.string() }).nullish() },
  assignee: z.object({ name: z.string() }).nullish(),
});
export type Issue = z.output<typeof Issue>;

export const Comment = z.object({
  ...{ ...times, body: z.string(), user: named.nullish(), issue: z.object({ ...ofIssue, archivedAt: text }).nullish() },
});
export type Parent = Pick<Issue, 'id' | 'identifier' | 'title' | 'team' | 'project'>;

const issueFields = 'id identifier title team { id name } project { id name }';
const fields = {
  teams: 'name key description color icon visibility timezone parent { id name } issueCount',
  projects:
    'name slugId description priority status { name } completedAt startedAt targetDate startDate progress ' +
    'teams(first: 20) { nodes { id name } } lead { name }',
  users:
    'name displayName email avatarUrl description timezone active admin guest lastSeen statusEmoji statusLabel ' +
    'statusUntilAt createdIssueCount teams(first: 20) { nodes { id name } }',
  issues: `${issueFields} trashed description priority completedAt dueDate state { name } assignee { name }`,
  comments: `body user { id name } issue { ${issueFields} archivedAt }`,
} as const;
const filterTypes = {
  teams: 'TeamFilter',
  projects: 'ProjectFilter',
  users: 'UserFilter',
  issues: 'IssueFilter',
  comments: 'CommentFilter',
};

/** Linear counts what a query could give: 50 items, and 20 teams in each, are well within its 10,000 points. */
export function listOf(name: keyof typeof fields) {
  const query =
    `query List($after: String, $filter: ${filterTypes[name]}, $archived: Boolean) { ` +
    `${name}(first: 50, after: $after, filter: $filter, includeArchived: $archived, orderBy: updatedAt) { ` +
    `nodes { id createdAt updatedAt archivedAt ${fields[name]} } pageInfo { hasNextPage endCursor } } }`;
  return { list: () => graphql(query, { archived: false }), pages: connectionPages(name) };
}

/** Changes, with what was archived meanwhile, so that it is noticed. */
export const since = {
  of: ({ updatedAt }: { readonly updatedAt: string }) => updatedAt,
  call(call: Call, from: string | number): Call {
    const variables = call.body?.variables as JsonObject | undefined;
    return withBody(call, { variables: { ...variables, filter: { updatedAt: { gte: from } }, archived: true } });
  },
};

export const viewer = () => graphql('query Check { viewer { id } }');
