import { describe, expect, it } from 'vitest';
import { collect } from '../../connector-kit/collect.fixture.ts';
import { describeHttpConnector } from '../testing/http-connector.conformance.ts';
import type { MockAnswer, MockRequest } from '../testing/mock-source.ts';
import { zendesk } from './zendesk.ts';

/* Answers as Zendesk's description has them, for ListOrganizations, ListUsers, ListTickets and ListTicketComments; written for these tests. */

const created_at = '2026-01-01T00:00:00Z';
const users = [
  { id: 1, name: 'Ada', email: 'ada@example.com', role: 'agent', active: true, created_at, updated_at: created_at },
  { id: 2, name: 'A bot', email: null, role: 'agent', created_at },
];
const tickets = [3, 2, 1].map((id) => ({
  ...{
    id,
    subject: `Ticket about ${id}`,
    description: 'It broke',
    status: id === 1 ? 'closed' : 'open',
    type: 'incident',
  },
  ...{
    created_at,
    updated_at: `2026-02-0${id}T00:00:00Z`,
    requester_id: 1,
    assignee_id: null,
    group_id: 9,
    tags: ['vip'],
  },
}));
const lists: Readonly<Record<string, readonly object[]>> = {
  organizations: [
    { id: 5, name: 'Example', created_at, domain_names: ['example.com'], organization_fields: { tier: 'gold' } },
  ],
  ...{ users, tickets },
};
const comment = {
  ...{ id: 70, author_id: 1, body: 'Have you tried', html_body: '<p>Have you tried</p>', public: true, created_at },
  attachments: [
    {
      id: 800,
      file_name: 'log.txt',
      content_type: 'text/plain',
      size: 3,
      content_url: 'https://acme.zendesk.com/attachments/token/x',
    },
  ],
};

function answer({ path, host, query, headers }: MockRequest): MockAnswer | undefined {
  if (host !== 'acme.zendesk.com' || headers.authorization === undefined) return { status: 401 };
  if (path === '/attachments/token/x') return { text: 'log' };
  if (path === '/api/v2/tickets/2/comments.json')
    return { json: { comments: [comment], users, meta: { has_more: false } } };
  if (/comments\.json$/.test(path))
    return path.includes('/3/') ? { status: 404, json: {} } : { json: { comments: [], meta: { has_more: false } } };
  const name = path.replace('/api/v2/', '').replace('.json', '');
  const items = lists[name];
  if (items === undefined) return path === '/api/v2/users/me.json' ? { json: { user: { id: 1 } } } : undefined;
  const begin = Number(query['page[after]'] ?? 0);
  const has_more = begin + 2 < items.length;
  return {
    json: {
      ...{ [name]: items.slice(begin, begin + 2), meta: { has_more } },
      ...(name === 'tickets' ? { users, groups: [{ id: 9, name: 'Support' }] } : {}),
      links: { next: `https://acme.zendesk.com${path}?page[after]=${begin + 2}` },
    },
  };
}

const { readEntities, context } = describeHttpConnector({
  connector: zendesk,
  config: { subdomain: 'acme' },
  credentials: { access_token: 'a-token' },
  handler: answer,
  expectedEntities: { organizations: 1, users: 1, tickets: 5 },
  // Of lists by cursor and with what belongs to them, https://developer.zendesk.com/api-reference/introduction/pagination/
  undescribedParameters: ['page[size]', 'page[after]', 'sort', 'include'],
});

describe('zendesk', () => {
  it('puts names beside ids, and comments with their files under the ticket', async () => {
    const entities = await readEntities();
    expect(entities.find(({ id }) => id === '2')?.fields).toMatchObject({
      requester_name: 'Ada',
      group_name: 'Support',
    });
    expect(entities.find(({ id }) => id === '2_70')).toMatchObject({
      name: 'Have you tried',
      breadcrumbs: [{ entityId: '2', entityType: 'ZendeskTicketEntity' }],
      fields: { author_email: 'ada@example.com', ticket_subject: 'Ticket about 2' },
    });
    expect(entities.find(({ id }) => id === '800')?.breadcrumbs.map(({ entityId }) => entityId)).toEqual(['2', '2_70']);
  });

  it('stops at tickets that did not change', async () => {
    const stream = zendesk.streams.tickets;
    if (stream === undefined) throw new Error('There are no tickets.');
    const pages = await collect(stream.read({ ...context(), checkpoint: { since: '2026-02-03T00:00:00Z' } }));
    expect(pages.flatMap(({ entities }) => entities.map(({ id }) => id))).not.toContain('1');
    expect(pages.at(-1)?.checkpoint).toEqual({ since: '2026-02-03T00:00:00Z' });
  });

  it('leaves out closed tickets when asked to', async () => {
    const stream = zendesk.streams.tickets;
    if (stream === undefined) throw new Error('There are no tickets.');
    const config = { subdomain: 'acme', exclude_closed_tickets: true };
    const pages = await collect(stream.read({ ...context(), config }));
    expect(pages.flatMap(({ entities }) => entities.map(({ id }) => id))).toEqual(['3', '2', '2_70', '800']);
  });

  it.each(['acme.zendesk.com', 'evil.example/', 'a#', 'a@b', '-a', ''])('refuses the subdomain %j', (subdomain) => {
    expect(zendesk.config.safeParse({ subdomain }).success).toBe(false);
  });
});
