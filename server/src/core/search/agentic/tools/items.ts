import type { ToolItem } from '../render-results.ts';
import type { SeenPassage } from '../seen-passages.ts';

/** A passage as a model sees it: its id, what it is, and words of it. */
export function itemOf(passage: SeenPassage, text: string, isKnown = false): ToolItem {
  const { chunk } = passage;
  const path = (chunk?.breadcrumbs ?? []).map(({ name }) => name).join(' / ');
  const date = chunk?.updatedAt ?? chunk?.createdAt ?? null;
  const facts = [
    `id: ${passage.key}`,
    passage.name.slice(0, 150),
    `${passage.entityType} in ${passage.sourceName}`,
    ...(path === '' ? [] : [`under ${path.slice(0, 150)}`]),
    ...(date === null ? [] : [date.toISOString().slice(0, 10)]),
    ...(chunk === undefined ? [] : [`passage ${chunk.chunkIndex + 1} of ${chunk.chunkCount}`]),
    ...(isKnown ? ['seen before'] : []),
  ];
  return { key: passage.key, header: facts.join(' | '), text };
}

/** How many of a model's ids are taken at once. */
export const maxIds = 50;
