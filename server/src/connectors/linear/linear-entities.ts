import { entityClass } from '../../connector-kit/index.ts';

const times = { created_time: 'datetime', updated_time: 'datetime', web_url_value: 'string?' } as const;

export const team = entityClass(
  'LinearTeamEntity',
  'A team',
  {
    ...{ team_id: 'string', team_name: 'string', ...times, key: 'string', description: 'string?', color: 'string?' },
    ...{ icon: 'string?', private: 'boolean?', timezone: 'string?', parent_id: 'string?', parent_name: 'string?' },
    issue_count: 'integer?',
  },
  ['team_name', 'key', 'description', 'parent_name'],
);

export const project = entityClass(
  'LinearProjectEntity',
  'A project of one or more teams',
  {
    ...{ project_id: 'string', project_name: 'string', ...times, slug_id: 'string', description: 'string?' },
    ...{ priority: 'integer?', state: 'string?', completed_at: 'datetime?', started_at: 'datetime?' },
    ...{ target_date: 'string?', start_date: 'string?', team_ids: 'array?', team_names: 'array?', progress: 'number?' },
    lead: 'string?',
  },
  ['project_name', 'slug_id', 'description', 'state', 'target_date', 'start_date', 'team_names', 'lead'],
);

export const user = entityClass(
  'LinearUserEntity',
  'A person of the workspace',
  {
    ...{ user_id: 'string', display_name: 'string', ...times, email: 'string', avatar_url: 'string?' },
    ...{ description: 'string?', timezone: 'string?', active: 'boolean?', admin: 'boolean?', guest: 'boolean?' },
    ...{ last_seen: 'datetime?', status_emoji: 'string?', status_label: 'string?', status_until_at: 'datetime?' },
    ...{ created_issue_count: 'integer?', team_ids: 'array?', team_names: 'array?' },
  },
  ['display_name', 'email', 'description', 'status_label', 'team_names'],
);

const ofIssue = { team_id: 'string?', team_name: 'string?', project_id: 'string?', project_name: 'string?' } as const;

export const issue = entityClass(
  'LinearIssueEntity',
  'An issue',
  {
    ...{ issue_id: 'string', identifier: 'string', title: 'string', ...times, description: 'string?' },
    ...{ priority: 'integer?', state: 'string?', completed_at: 'datetime?', due_date: 'string?', ...ofIssue },
    assignee: 'string?',
  },
  ['identifier', 'title', 'description', 'state', 'due_date', 'team_name', 'project_name', 'assignee'],
);

export const comment = entityClass(
  'LinearCommentEntity',
  'A comment on an issue',
  {
    ...{ comment_id: 'string', body_preview: 'string', ...times, issue_id: 'string', issue_identifier: 'string' },
    ...{ body: 'string', user_id: 'string?', user_name: 'string?', ...ofIssue },
  },
  ['issue_identifier', 'body', 'user_name', 'team_name', 'project_name'],
);

export const attachment = entityClass(
  'LinearAttachmentEntity',
  'A file in the description of an issue',
  {
    ...{
      attachment_id: 'string',
      issue_id: 'string',
      issue_identifier: 'string',
      title: 'string',
      subtitle: 'string?',
    },
    ...{ source: 'object?', web_url_value: 'string?' },
  },
  ['issue_identifier', 'title', 'subtitle'],
);
