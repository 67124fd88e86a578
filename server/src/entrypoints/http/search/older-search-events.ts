import type { Filter } from '../../../core/search/index.ts';
import { writeFilter } from '../../../core/search/index.ts';

/** Steps of an older search, by the names that its stream has for them. */
export type OlderOperation =
  | 'query_interpretation'
  | 'query_expansion'
  | 'access_control_filter'
  | 'qdrant_filter'
  | 'embedding'
  | 'vector_search'
  | 'federated_search'
  | 'llm_reranking'
  | 'completion';

/** What is told of a search while it goes on. */
export type TellEvent = (operation: OlderOperation | undefined, type: string, fields?: object) => void;

/**
 * Puts messages into their order: `seq` counts through the stream, `op_seq` through each operation, both from 1.
 *
 * @param now default: the machine's clock
 */
export function numberEvents(send: (message: object) => void, now: () => Date = () => new Date()): TellEvent {
  let seq = 0;
  const perOperation = new Map<OlderOperation, number>();
  return (operation, type, fields = {}) => {
    seq += 1;
    const numbered = { type, seq, ts: now().toISOString() };
    if (operation === undefined) {
      send({ ...numbered, ...fields });
      return;
    }
    const opSeq = (perOperation.get(operation) ?? 0) + 1;
    perOperation.set(operation, opSeq);
    send({ ...numbered, op: operation, op_seq: opSeq, ...fields });
  };
}

const maxShown = 20;

/** A filter for people to look at: its beginning, where it is long. */
export function showFilter(filter: Filter): object {
  return writeFilter(filter.slice(0, maxShown).map((group) => group.slice(0, maxShown))).map(({ conditions }) => ({
    conditions: conditions.map((condition) => ({
      ...condition,
      value: Array.isArray(condition.value) ? condition.value.slice(0, maxShown) : condition.value,
    })),
  }));
}
