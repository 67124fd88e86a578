import { z } from 'zod';

const text = z.string().optional();
const texts = z.array(z.string()).optional();
const count = z.int().optional();
const moment = z.iso.datetime().nullable().optional();
const dates = { created_at: moment, modified_at: moment };

const item = { stub_id: z.string(), title: z.string() };
const itemEnd = { ...dates, sequence_number: count, web_url: text };
const file = {
  ...{ stub_id: z.string(), file_name: z.string(), description: text, file_extension: text },
  ...{ url: text, size: count, file_type: text, mime_type: text },
};

/** What the containers of stub sources carry. */
export const containerFields = z.object({
  ...{ container_id: z.string(), container_name: z.string(), description: text, created_at: moment },
  ...{ seed: count, entity_count: count },
});

/** What each kind of stub entity carries. */
export const stubEntityFields = {
  small: z.object({ ...item, content: z.string(), author: text, tags: texts, ...itemEnd }),
  medium: z.object({
    ...{ ...item, description: z.string(), status: text, priority: text, assignee: text, tags: texts, notes: text },
    ...{ due_date: moment, ...itemEnd },
  }),
  large: z.object({
    ...{ ...item, summary: z.string(), content: z.string(), author: text, category: text, tags: texts },
    ...{ sections: texts, references: texts, published_at: moment, word_count: count, ...itemEnd },
  }),
  smallFile: z.object({ ...file, ...itemEnd }),
  largeFile: z.object({ ...file, summary: text, author: text, category: text, page_count: count, ...itemEnd }),
  codeFile: z.object({
    ...{ ...file, functions: texts, classes: texts, imports: texts, language: text },
    ...{ repo_name: text, repo_owner: text, path_in_repo: text, commit_id: text, ...itemEnd },
  }),
  pdfFile: z.object({ ...file, summary: text, author: text, page_count: count, ...itemEnd }),
  slidesFile: z.object({ ...file, summary: text, author: text, slide_count: count, ...itemEnd }),
} as const;

export const timedContainerFields = containerFields.omit({ seed: true, entity_count: true });
export const timedFields = z.object({
  ...{ entity_id: z.string(), name: z.string(), content: z.string() },
  ...{ sequence_number: count, created_at: moment },
});
