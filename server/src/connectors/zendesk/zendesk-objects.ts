import { z } from 'zod';
import { get, nextUrlPages, type Paging, pick } from '../../connector-kit/index.ts';

/* Of Zendesk's objects what we use. https://developer.zendesk.com/api-reference/ticketing/ */

const text = z.string().nullish();
const id = z.int().nullish();
const list = z.array(z.unknown()).nullish();
const times = { id: z.int(), created_at: z.string(), updated_at: text, url: text };
const fields = z.looseObject({}).nullish();

export const Organization = z.object({
  ...{ ...times, name: text, domain_names: list, details: text, notes: text, tags: list, organization_fields: fields },
});

export const User = z.object({
  ...{ ...times, name: text, email: text, role: z.string(), active: z.boolean().nullish(), last_login_at: text },
  ...{ organization_id: id, phone: text, time_zone: text, locale: text, tags: list, user_fields: fields },
});

const Named = z.object({ id: z.int(), name: text, email: text });
/** What comes along with a page, by id. */
const Beside = z.object({
  users: z.array(Named).default([]),
  groups: z.array(Named).default([]),
  organizations: z.array(Named).default([]),
});
const beside = { beside: Beside };

export const Ticket = z.object({
  ...{ ...times, ...beside, subject: text, description: text, requester_id: id, assignee_id: id, status: z.string() },
  ...{ priority: text, tags: list, custom_fields: list, organization_id: id, group_id: id, type: text },
});

const Attachment = z.object({
  ...{ id: z.int(), file_name: z.string(), content_type: text, content_url: z.string(), size: id, thumbnails: list },
});

export const Comment = z.object({
  ...{ id: z.int(), ...beside, author_id: z.int(), body: text, html_body: text, public: z.boolean().nullish() },
  ...{ created_at: z.string(), attachments: z.array(Attachment).default([]) },
});

/** `/users.json` and the like, a hundred at a time, by cursor. */
export function listOf(name: 'organizations' | 'users' | 'tickets', query: Readonly<Record<string, string>> = {}) {
  return { list: () => get(`/${name}.json`, { query: { 'page[size]': 100, ...query } }), pages: pagesOf(name) };
}

/** Each item gets what came beside it: names of the people, groups and organisations that it only names by id. */
export function pagesOf(name: string): Paging {
  const pages = nextUrlPages({ items: name, next: 'links.next', more: 'meta.has_more' });
  return {
    ...pages,
    itemsOf: (answer) =>
      pages.itemsOf(answer).map((item) => ({
        ...(item as object),
        beside: {
          users: pick(answer.body, 'users') ?? [],
          groups: pick(answer.body, 'groups') ?? [],
          organizations: name === 'organizations' ? [] : (pick(answer.body, 'organizations') ?? []),
        },
      })),
  };
}

export function findNamed(named: readonly z.output<typeof Named>[], wanted: number | null | undefined) {
  return named.find((one) => one.id === wanted);
}
