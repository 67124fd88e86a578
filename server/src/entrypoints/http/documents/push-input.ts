import { z } from 'zod';
import type { PushedDocument } from '../../../core/documents/index.ts';
import { plainText } from '../../../core/shared/index.ts';
import { Instant, toInstant } from '../validation/instant.ts';

export const DocumentKey = plainText({ min: 1, max: 512 });
export const DocumentName = plainText({ min: 1, max: 512 });

export const Metadata = z.record(z.string(), z.json());
const Viewer = plainText({ min: 1, max: 512 });

export const DocumentInput = z
  .object({
    id: DocumentKey.describe('Your id. Pushing it again replaces the document.'),
    name: DocumentName,
    text: z.string().describe('Markdown.'),
    url: z.url({ protocol: /^https?$/ }).nullish(),
    metadata: Metadata.nullish().describe('Your own fields, given back with each result.'),
    created_at: Instant.nullish(),
    updated_at: Instant.nullish(),
    access: z
      .object({ viewers: z.array(Viewer).max(1000).nullish(), is_public: z.boolean().nullish() })
      .nullish()
      .describe('Who may see it. Absent: whoever may search the collection.'),
  })
  .meta({ id: 'DocumentInput' });

export const PushBody = z.object({ documents: z.array(DocumentInput).min(1).max(1000) }).meta({ id: 'PushRequest' });

export function toPushedDocument(input: z.output<typeof DocumentInput>): PushedDocument {
  return {
    id: input.id,
    name: input.name,
    text: input.text,
    ...(input.url == null ? {} : { url: input.url }),
    ...(input.metadata == null ? {} : { metadata: input.metadata }),
    ...(input.created_at == null ? {} : { createdAt: toInstant(input.created_at) }),
    ...(input.updated_at == null ? {} : { updatedAt: toInstant(input.updated_at) }),
    ...(input.access == null
      ? {}
      : { access: { viewers: input.access.viewers ?? [], isPublic: input.access.is_public ?? false } }),
  };
}
