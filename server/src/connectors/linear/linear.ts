import { z } from 'zod';
import {
  type Breadcrumb,
  defineHttpConnector,
  get,
  graphqlProblem,
  type SourceApi,
  type SourceEntity,
  tokenCredentials,
} from '../../connector-kit/index.ts';
import * as entities from './linear-entities.ts';
import { Comment, Issue, listOf, type Parent, Project, since, Team, User, viewer } from './linear-queries.ts';

const site = 'https://linear.app';
const uploads = 'https://uploads.linear.app';
const goneId = ({ id, archivedAt }: { readonly id: string; readonly archivedAt?: string | null | undefined }) =>
  archivedAt === null || archivedAt === undefined ? undefined : id;

/**
 * Linear: teams, projects, people, issues, their comments and files. https://linear.app/developers
 *
 * Incremental by `updatedAt`. What is archived or put into the bin is among the changes and is deleted; what is deleted for
 * good is found by full runs. Private teams are seen as far as the signed-in user sees them; who else does is not read.
 */
export const linear = defineHttpConnector({
  shortName: 'linear',
  displayName: 'Linear',
  description: 'Teams, projects, users, issues, comments and attachments from Linear.',
  className: 'LinearSource',
  labels: ['Project Management'],
  authMethods: ['oauth_browser', 'oauth_token', 'auth_provider'],
  oauth: {
    kind: 'oauth2',
    authorizeUrl: 'https://linear.app/oauth/authorize',
    tokenUrl: 'https://api.linear.app/oauth/token',
    scopes: ['read'],
    tokens: 'access_only',
    usesPkce: false,
  },
  supportsContinuous: true,
  config: z.object({}),
  credentials: tokenCredentials,
  http: {
    baseUrl: 'https://api.linear.app/graphql',
    // 2,500 requests an hour for each user: https://linear.app/developers/rate-limiting
    pace: { requests: 2_400, perSeconds: 3_600 },
    token: ({ access_token }) => access_token,
    problemOf: graphqlProblem({
      RATELIMITED: 'rate_limited',
      AUTHENTICATION_ERROR: 'credentials',
      FORBIDDEN: 'entity',
    }),
    alsoAt: [uploads],
  },
  entities: Object.values(entities),
  check: viewer,
  streams: (stream) => ({
    teams: stream.list({
      ...{ ...listOf('teams'), entity: entities.team, schema: Team, since, goneId },
      toEntity: ({ id, name, key, visibility, parent, issueCount, ...item }) => {
        const url = `${site}/team/${key}`;
        return entities.team.of({
          ...{ id, name, url, createdAt: item.createdAt, updatedAt: item.updatedAt },
          fields: {
            ...{ ...item, ...timesOf(item, url), team_id: id, team_name: name, key, private: visibility === 'private' },
            ...{ parent_id: parent?.id, parent_name: parent?.name, issue_count: issueCount },
          },
        });
      },
    }),
    projects: stream.list({
      ...{ ...listOf('projects'), entity: entities.project, schema: Project, since, goneId },
      toEntity: ({ id, name, slugId, teams, ...item }) => {
        const url = `${site}/project/${slugId}`;
        return entities.project.of({
          ...{
            id,
            name,
            url,
            createdAt: item.createdAt,
            updatedAt: item.updatedAt,
            breadcrumbs: teams.nodes.map(toCrumb),
          },
          fields: {
            ...{
              ...timesOf(item, url),
              project_id: id,
              project_name: name,
              slug_id: slugId,
              description: item.description,
            },
            ...{
              priority: item.priority,
              state: item.status?.name,
              completed_at: item.completedAt,
              started_at: item.startedAt,
            },
            ...{
              target_date: item.targetDate,
              start_date: item.startDate,
              progress: item.progress,
              lead: item.lead?.name,
            },
            ...{ team_ids: teams.nodes.map((team) => team.id), team_names: teams.nodes.map((team) => team.name) },
          },
        });
      },
    }),
    users: stream.list({
      ...{ ...listOf('users'), entity: entities.user, schema: User, since, goneId },
      toEntity: ({ id, teams, ...item }) => {
        const url = `${site}/u/${id}`;
        const name = item.displayName || item.name || item.email;
        return entities.user.of({
          ...{ id, name: item.name || name, url, createdAt: item.createdAt, updatedAt: item.updatedAt },
          breadcrumbs: teams.nodes.map(toCrumb),
          fields: {
            ...{
              ...item,
              ...timesOf(item, url),
              user_id: id,
              display_name: name,
              avatar_url: item.avatarUrl,
              last_seen: item.lastSeen,
            },
            ...{ status_emoji: item.statusEmoji, status_label: item.statusLabel, status_until_at: item.statusUntilAt },
            created_issue_count: item.createdIssueCount,
            ...{ team_ids: teams.nodes.map((team) => team.id), team_names: teams.nodes.map((team) => team.name) },
          },
        });
      },
    }),
    issues: stream.list({
      ...{ ...listOf('issues'), entity: entities.issue, schema: Issue, since, goneId },
      toEntity: (item, { api }) => {
        const { id, identifier, description } = item;
        const title = item.title || identifier;
        const url = `${site}/issue/${identifier}`;
        const issue = entities.issue.of({
          ...{ id, name: title, url, createdAt: item.createdAt, updatedAt: item.updatedAt, breadcrumbs: pathTo(item) },
          fields: {
            ...{ ...timesOf(item, url), ...parentFields(item), issue_id: id, identifier, title, description },
            ...{
              priority: item.priority,
              state: item.state?.name,
              completed_at: item.completedAt,
              due_date: item.dueDate,
            },
            assignee: item.assignee?.name,
          },
        });
        return [issue, ...filesIn(description ?? '', item, api)];
      },
    }),
    // A list of their own instead of one under each issue: fifty in a request, and no issue's comments are cut off.
    comments: stream.list({
      ...{ ...listOf('comments'), entity: entities.comment, schema: Comment, since, goneId },
      toEntity: ({ id, body, user, issue, createdAt, updatedAt }) => {
        // Comments on projects and documents have no issue; those of archived issues go with them.
        if (issue === null || issue === undefined || goneId(issue) !== undefined) return undefined;
        const url = `${site}/issue/${issue.identifier}#comment-${id}`;
        const preview = body.length > 100 ? `${body.slice(0, 100)}...` : body;
        return entities.comment.of({
          ...{ id, name: preview, url, createdAt, updatedAt, breadcrumbs: [...pathTo(issue), toIssueCrumb(issue)] },
          fields: {
            ...{
              ...timesOf({ createdAt, updatedAt }, url),
              ...parentFields(issue),
              comment_id: id,
              body_preview: preview,
            },
            ...{
              issue_id: issue.id,
              issue_identifier: issue.identifier,
              body,
              user_id: user?.id,
              user_name: user?.name,
            },
          },
        });
      },
    }),
  }),
});

function timesOf({ createdAt, updatedAt }: { readonly createdAt: string; readonly updatedAt: string }, url: string) {
  return { created_time: createdAt, updated_time: updatedAt, web_url_value: url };
}

function parentFields({ team, project }: Parent) {
  return { team_id: team.id, team_name: team.name, project_id: project?.id, project_name: project?.name };
}

function toCrumb({ id, name }: Parent['team']): Breadcrumb {
  return { entityId: id, name, entityType: 'LinearTeamEntity' };
}

function toIssueCrumb({ id, title }: Parent): Breadcrumb {
  return { entityId: id, name: title, entityType: 'LinearIssueEntity' };
}

function pathTo({ team, project }: Parent): readonly Breadcrumb[] {
  if (project === null || project === undefined) return [toCrumb(team)];
  return [toCrumb(team), { entityId: project.id, name: project.name, entityType: 'LinearProjectEntity' }];
}

/** Files that a description links to. The path of an upload never changes, so it is the id. */
function filesIn(description: string, issue: Parent, api: SourceApi): readonly SourceEntity[] {
  const links = description.matchAll(/\[([^\]]*)\]\((https:\/\/uploads\.linear\.app\/[^)\s]+)\)/g);
  const byPath = new Map(
    [...links].map(([, title = '', url = '']) => [new URL(url).pathname.slice(1), { title, url }]),
  );
  return [...byPath].map(([path, { title, url }]) => {
    const name = title || path.split('/').at(-1) || path;
    return entities.attachment.of({
      ...{ id: path, name, url, breadcrumbs: [...pathTo(issue), toIssueCrumb(issue)] },
      ...{ file: api.file({ name, from: get(url) }), revision: path },
      fields: {
        ...{ attachment_id: path, issue_id: issue.id, issue_identifier: issue.identifier, title: name },
        web_url_value: url,
      },
    });
  });
}
