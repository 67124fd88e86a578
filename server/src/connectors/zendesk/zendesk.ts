import { z } from 'zod';
import { defineHttpConnector, type Given, get, pathUnder, tokenCredentials } from '../../connector-kit/index.ts';
import * as entities from './zendesk-entities.ts';
import { Comment, findNamed, listOf, Organization, pagesOf, Ticket, User } from './zendesk-objects.ts';

const config = z.object({
  subdomain: z
    .string()
    .trim()
    .toLowerCase()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be the part before .zendesk.com alone')
    .meta({ title: 'Zendesk Subdomain', description: 'The part before .zendesk.com in your address' }),
  exclude_closed_tickets: z
    .boolean()
    .optional()
    .meta({ title: 'Exclude Closed Tickets', description: 'Leave out tickets that are closed' }),
});
type Account = Pick<Given<z.output<typeof config>, unknown>, 'config'>;

const siteOf = ({ config: { subdomain } }: Account) => `https://${subdomain}.zendesk.com`;
const pageOf = (account: Account, path: string) => `${siteOf(account)}/agent/${path}`;

/**
 * Zendesk Support: organisations, people, tickets with comments and files. https://developer.zendesk.com/api-reference/
 *
 * Tickets are incremental: the list is sorted by the last change, and reading stops at what is older. Comments are read again
 * with the ticket they changed. Deleted tickets are found by full runs, as the list of them is for administrators only.
 * Organisations and people are read wholly. Who may see a ticket is not in the API in a form that could be followed.
 */
export const zendesk = defineHttpConnector({
  shortName: 'zendesk',
  displayName: 'Zendesk',
  description: 'Organizations, users, tickets, comments and attachments from Zendesk.',
  className: 'ZendeskSource',
  labels: ['Customer Support', 'CRM'],
  authMethods: ['oauth_browser', 'oauth_token', 'auth_provider'],
  oauth: {
    kind: 'oauth2',
    authorizeUrl: 'https://{subdomain}.zendesk.com/oauth/authorizations/new',
    tokenUrl: 'https://{subdomain}.zendesk.com/oauth/tokens',
    scopes: ['read'],
    tokens: 'with_refresh',
    refreshSendsScopes: true,
  },
  config,
  credentials: tokenCredentials,
  http: {
    baseUrl: (account) => `${siteOf(account)}/api/v2`,
    // 200 a minute in the smallest plan: https://developer.zendesk.com/api-reference/introduction/rate-limits/
    pace: { requests: 200, perSeconds: 60 },
    token: ({ access_token }) => access_token,
  },
  entities: Object.values(entities),
  check: () => get('/users/me.json'),
  streams: (stream) => ({
    organizations: stream.list({
      ...{ ...listOf('organizations'), entity: entities.organization, schema: Organization },
      toEntity: ({ id, name: called, created_at, updated_at, organization_fields, ...item }, given) => {
        const name = called || 'Organization';
        const url = pageOf(given, `organizations/${id}`);
        return entities.organization.of({
          ...{ id: String(id), name, url, createdAt: created_at, updatedAt: updated_at ?? created_at },
          fields: {
            ...{ ...item, organization_id: id, organization_name: name, created_time: created_at, web_url_value: url },
            ...{ updated_time: updated_at ?? created_at, domain_names: item.domain_names ?? [], tags: item.tags ?? [] },
            ...{ custom_fields: [], organization_fields: organization_fields ?? {}, api_url: item.url },
          },
        });
      },
    }),
    users: stream.list({
      ...{ ...listOf('users'), entity: entities.user, schema: User },
      toEntity: ({ id, name, email, created_at, updated_at, ...item }, given) => {
        if (!email) return undefined;
        const display_name = name || email;
        const url = pageOf(given, `users/${id}`);
        return entities.user.of({
          ...{ id: String(id), name: display_name, url, createdAt: created_at, updatedAt: updated_at ?? created_at },
          fields: {
            ...{
              ...item,
              user_id: id,
              display_name,
              email,
              created_time: created_at,
              updated_time: updated_at ?? created_at,
            },
            ...{ web_url_value: url, active: item.active ?? false, custom_fields: [], tags: item.tags ?? [] },
            ...{ user_fields: item.user_fields ?? {}, profile_url: item.url },
          },
        });
      },
    }),
    tickets: stream.list({
      ...{ ...listOf('tickets', { sort: '-updated_at', include: 'users,groups,organizations' }), schema: Ticket },
      entity: entities.ticket,
      since: { of: ({ updated_at }) => updated_at, isNewestFirst: true },
      toEntity: ({ id, beside, created_at, updated_at, ...item }, given) => {
        if (given.config.exclude_closed_tickets === true && item.status === 'closed') return undefined;
        const subject = item.subject || `Ticket ${id}`;
        const url = pageOf(given, `tickets/${id}`);
        const requester = findNamed(beside.users, item.requester_id);
        const assignee = findNamed(beside.users, item.assignee_id);
        return entities.ticket.of({
          ...{ id: String(id), name: subject, url, createdAt: created_at, updatedAt: updated_at ?? created_at },
          fields: {
            ...{ ...item, ticket_id: id, subject, created_time: created_at, updated_time: updated_at ?? created_at },
            ...{ web_url_value: url, requester_name: requester?.name, requester_email: requester?.email },
            ...{ assignee_name: assignee?.name, assignee_email: assignee?.email, ticket_type: item.type },
            ...{ tags: item.tags ?? [], custom_fields: item.custom_fields ?? [] },
            organization_name: findNamed(beside.organizations, item.organization_id)?.name,
            group_name: findNamed(beside.groups, item.group_id)?.name,
          },
        });
      },
      children: (child) => [
        child({
          entity: entities.comment,
          list: ({ parent }) =>
            get('/tickets/{id}/comments.json', {
              at: { id: parent.id },
              query: { include: 'users', 'page[size]': 100 },
            }),
          pages: pagesOf('comments'),
          schema: Comment,
          toEntity: ({ id, beside, author_id, body, html_body, created_at, attachments, ...item }, given) => {
            const { parent, parentEntity, api } = given;
            const author = findNamed(beside.users, author_id);
            const url = pageOf(given, `tickets/${parent.id}`);
            const ofTicket = { ticket_id: parent.id, ticket_subject: parentEntity.name };
            const path = pathUnder(parentEntity);
            const comment = entities.comment.of({
              ...{
                id: `${parent.id}_${id}`,
                name: (body ?? '').slice(0, 200) || `Comment ${id}`,
                url,
                createdAt: created_at,
              },
              breadcrumbs: path,
              fields: {
                ...{ ...ofTicket, comment_id: id, author_id, author_name: author?.name ?? `User ${author_id}` },
                ...{ author_email: author?.email, body: body ?? '', html_body, public: item.public ?? false },
                ...{ attachments, created_time: created_at, web_url_value: url },
              },
            });
            const files = attachments.map((file) => {
              const isOurs = file.content_url.startsWith(`${siteOf(given)}/`);
              const type = file.content_type ?? 'application/octet-stream';
              const from = isOurs ? get(file.content_url) : file.content_url;
              return entities.attachment.of({
                ...{ id: String(file.id), name: file.file_name, url: file.content_url, createdAt: created_at },
                // A comment's files never change.
                ...{ updatedAt: created_at, breadcrumbs: pathUnder(comment), revision: String(file.id) },
                file: api.file({ name: file.file_name, mimeType: type, size: file.size ?? undefined, from }),
                fields: {
                  ...{
                    ...ofTicket,
                    attachment_id: file.id,
                    comment_id: id,
                    content_type: type,
                    file_name: file.file_name,
                  },
                  ...{ thumbnails: file.thumbnails ?? [], created_time: created_at, updated_time: created_at },
                  web_url_value: file.content_url,
                },
              });
            });
            return [comment, ...files];
          },
        }),
      ],
    }),
  }),
});
