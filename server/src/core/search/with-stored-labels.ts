import type { SourceConnectionId } from '../shared/index.ts';
import { toStoredLabels } from './access-labels.ts';
import type { Filter } from './filter.ts';

/**
 * A filter whose viewers are in the sources' spelling, as index rows hold them: a group means that of every connection.
 *
 * @param listConnectionIds of the collection; asked only when there is such a condition
 */
export async function withStoredLabels(
  filter: Filter | undefined,
  listConnectionIds: () => Promise<readonly SourceConnectionId[]>,
): Promise<Filter | undefined> {
  if (!filter?.flat().some((condition) => condition.field === 'access.viewers' && condition.operator !== 'exists')) {
    return filter;
  }
  const connectionIds = await listConnectionIds();
  return filter.map((group) =>
    group.map((condition) => {
      if (condition.field !== 'access.viewers' || condition.operator === 'exists') return condition;
      const { field, operator, value } = condition;
      return { field, operator, value: value.flatMap((label) => toStoredLabels(label, connectionIds)) };
    }),
  );
}
