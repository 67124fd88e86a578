import { AppError, type SourceConnectionId } from '../shared/index.ts';

/**
 * How the labels of viewers are written. A source says `user:anna@example.com` and `group:sales`. The ids of groups are unique
 * within one connection only, so that documents and index rows hold `group:<connection id>/sales`: a group of one connection opens
 * nothing of another. E-mail addresses are one person's everywhere, and are kept as they are, in lower case.
 */
const userPrefix = 'user:';
const groupPrefix = 'group:';

/** Longest label of a viewer, member or searcher, in characters. */
export const maxLabelLength = 512;

/** The spelling that labels of a source are compared in. */
export function toComparableLabel(label: string): string {
  return label.startsWith(userPrefix) && label.includes('@') ? label.toLowerCase() : label;
}

/**
 * The label as documents and index rows hold it.
 *
 * @param options.isGuarded the connection's source gives memberships: then its users are its own too, so that nobody sees what is
 *   restricted while the memberships are not known
 */
export function toStoredLabel(
  label: string,
  connectionId: SourceConnectionId,
  options: { readonly isGuarded: boolean },
): string {
  const comparable = toComparableLabel(label);
  if (comparable.startsWith(groupPrefix)) {
    return `${groupPrefix}${connectionId}/${comparable.slice(groupPrefix.length)}`;
  }
  if (options.isGuarded && comparable.startsWith(userPrefix)) {
    return `${userPrefix}${connectionId}/${comparable.slice(userPrefix.length)}`;
  }
  return comparable;
}

/** The label as the source of this connection wrote it; the case of an e-mail address apart. */
export function toSourceLabel(stored: string, connectionId: string): string {
  for (const prefix of [userPrefix, groupPrefix]) {
    const qualified = `${prefix}${connectionId}/`;
    if (stored.startsWith(qualified)) return prefix + stored.slice(qualified.length);
  }
  return stored;
}

/**
 * Whether a label has the form of one that belongs to a connection. Nobody is called so, but an address may be chosen to look like it,
 * and must not open what the connection's own user of that name may see.
 */
export function isQualified(label: string): boolean {
  return /^(?:user|group):[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\//i.test(label);
}

/** Every label that rows of these connections may hold for one in a source's spelling. */
export function toStoredLabels(label: string, connectionIds: readonly SourceConnectionId[]): readonly string[] {
  const labels = connectionIds.flatMap((id) => [
    toStoredLabel(label, id, { isGuarded: false }),
    toStoredLabel(label, id, { isGuarded: true }),
  ]);
  return [...new Set(label.startsWith(groupPrefix) ? labels : [toComparableLabel(label), ...labels])];
}

/**
 * Whom a request wants to be: an e-mail address, or a label.
 *
 * @throws AppError('unprocessable') for what is neither
 */
export function parseSearcherLabel(text: string): string {
  const isLabel = [userPrefix, groupPrefix].some((prefix) => text.startsWith(prefix) && text.length > prefix.length);
  const label = isLabel ? text : userPrefix + text;
  if (label.length > maxLabelLength || (!isLabel && !/^[^\s@]+@[^\s@]+$/.test(text))) {
    throw new AppError(
      'unprocessable',
      'The user to search as should be an e-mail address, or a label such as user:anna@example.com or group:sales.',
    );
  }
  return toComparableLabel(label);
}
