import { entityClass } from '../../connector-kit/index.ts';

const created = { created_time: 'datetime', web_url_value: 'string?' } as const;
const times = { ...created, updated_time: 'datetime' } as const;

export const organization = entityClass(
  'ZendeskOrganizationEntity',
  'An organisation of customers',
  {
    ...{ organization_id: 'integer', organization_name: 'string', ...times, domain_names: 'array', details: 'string?' },
    ...{ notes: 'string?', tags: 'array', custom_fields: 'array', organization_fields: 'object', api_url: 'string?' },
  },
  ['organization_name', 'domain_names', 'details', 'notes', 'tags'],
);

export const user = entityClass(
  'ZendeskUserEntity',
  'A customer or an agent',
  {
    ...{ user_id: 'integer', display_name: 'string', ...times, email: 'string', role: 'string', active: 'boolean' },
    ...{ last_login_at: 'datetime?', organization_id: 'integer?', organization_name: 'string?', phone: 'string?' },
    ...{ time_zone: 'string?', locale: 'string?', custom_fields: 'array', tags: 'array', user_fields: 'object' },
    profile_url: 'string?',
  },
  ['display_name', 'email', 'role', 'organization_name', 'phone', 'tags'],
);

export const ticket = entityClass(
  'ZendeskTicketEntity',
  'A ticket',
  {
    ...{ ticket_id: 'integer', subject: 'string', ...times, description: 'string?', requester_id: 'integer?' },
    ...{ requester_name: 'string?', requester_email: 'string?', assignee_id: 'integer?', assignee_name: 'string?' },
    ...{ assignee_email: 'string?', status: 'string', priority: 'string?', tags: 'array', custom_fields: 'array' },
    ...{ organization_id: 'integer?', organization_name: 'string?', group_id: 'integer?', group_name: 'string?' },
    ...{ ticket_type: 'string?', url: 'string?' },
  },
  [
    ...(['subject', 'description', 'requester_name', 'requester_email', 'assignee_name', 'assignee_email'] as const),
    ...(['status', 'priority', 'tags', 'organization_name', 'group_name', 'ticket_type'] as const),
  ],
);

export const comment = entityClass(
  'ZendeskCommentEntity',
  'A comment on a ticket',
  {
    ...{ comment_id: 'integer', ticket_id: 'integer', ticket_subject: 'string', author_id: 'integer' },
    ...{ author_name: 'string', author_email: 'string?', body: 'string', html_body: 'string?', public: 'boolean' },
    ...{ attachments: 'array', ...created },
  },
  // Its HTML says the same again.
  ['ticket_subject', 'author_name', 'author_email', 'body'],
);

export const attachment = entityClass(
  'ZendeskAttachmentEntity',
  'A file of a comment',
  {
    ...{ attachment_id: 'integer', ticket_id: 'integer?', comment_id: 'integer?', ticket_subject: 'string?' },
    ...{ content_type: 'string', file_name: 'string', thumbnails: 'array', ...times },
  },
  ['ticket_subject', 'file_name'],
);
