import type { Deletion, ItemFailure, Page, SourceEntity } from '../../connector-kit/index.ts';
import { sha256 } from './hashes.ts';

/** Longer ids do not fit into a database index; sources that use ids well have far shorter ones. */
const maxIdBytes = 1_024;
const keptOfLongId = 512;

/**
 * A page as it can be kept, whatever the source gave: no NUL in ids and names, ids that are too long are cut and told apart by a hash, an entity
 * without an id is a failed item, and a date that is none, or whose year has not four digits, is left out.
 */
export function toStorablePage(page: Page): Page {
  const withId = page.entities.filter(hasId);
  const withoutId = page.entities.filter((entity) => !hasId(entity));
  const failures = [...(page.failures ?? []).filter(hasId), ...withoutId.map(toFailure)];
  return {
    checkpoint: page.checkpoint,
    entities: withId.map(toStorableEntity),
    ...(failures.length === 0
      ? {}
      : { failures: failures.map((failure) => ({ ...withStorableId(failure), name: toText(failure.name) })) }),
    ...(page.deletions === undefined ? {} : { deletions: page.deletions.filter(hasId).map(withStorableId) }),
  };
}

/** Sources break their own promises, and types are not checked at run time. */
function hasId({ id }: Deletion): boolean {
  return typeof id === 'string' && toText(id) !== '';
}

/** Two of the same name and text are one failure, in this run and in the next. */
function toFailure(entity: SourceEntity): ItemFailure {
  const mark = sha256(entity.type, String(entity.name), entity.text ?? '', JSON.stringify(entity.fields) ?? '');
  return {
    id: `(no id) ${mark.slice(0, 16)}`,
    type: entity.type,
    name: entity.name || '(no name)',
    reason: 'The source gave it no id, and without one it cannot be told from others when it changes.',
  };
}

function toStorableEntity(entity: SourceEntity): SourceEntity {
  const { createdAt, updatedAt, ...rest } = entity;
  return {
    ...withStorableId(rest),
    name: toText(rest.name),
    ...(isStorableDate(createdAt) ? { createdAt } : {}),
    ...(isStorableDate(updatedAt) ? { updatedAt } : {}),
  };
}

function withStorableId<T extends { readonly id: string }>(item: T): T {
  return { ...item, id: toStorableId(item.id) };
}

/** The same for the same id; ids from the API and in filters are these. */
function toStorableId(id: string): string {
  const text = toText(id);
  if (Buffer.byteLength(text) <= maxIdBytes) return text;
  const beginning = Buffer.from(text)
    .subarray(0, keptOfLongId)
    .toString()
    .replace(/\uFFFD$/u, '');
  return `${beginning}…${sha256(text)}`;
}

/** No NUL and no halves of surrogate pairs, which a database does not take. */
function toText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}

function isStorableDate(date: Date | undefined): date is Date {
  if (date === undefined || Number.isNaN(date.getTime())) return false;
  const year = date.getUTCFullYear();
  return year >= 1 && year <= 9_999;
}
