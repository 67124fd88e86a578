import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, type CollectionId, type Scope } from '../shared/index.ts';
import type { QueryLog } from './query-log.ts';
import type { Feedback, Judgement, QueryLogStore, SearchId } from './query-log-store.ts';

/** Of one search, however many calls they come in. */
export const maxFeedbackPerSearch = 100;

/** What a judgement counts when nobody said more: a click is a weaker sign than a word. */
const gradeOf: Readonly<Record<Judgement, number>> = { good: 2, bad: 0, clicked: 1 };

/** Another process may be about to write the search. */
const writtenByOthersWithinMs = 1_500;

export interface GivenFeedback {
  /** The passage's id or its document's. */
  readonly entityId: string;
  readonly judgement: Judgement;
  readonly grade?: number;
}

/**
 * Keeps what somebody thought of a search's results. The grade of a `bad` result is 0 whatever is given.
 *
 * @throws AppError('not_found') when the search is not known: never made, not kept, or too old; AppError('unprocessable') when
 *   it has feedback on more than 100 results
 */
export async function giveFeedback(
  deps: { readonly store: Pick<QueryLogStore, 'saveFeedback'>; readonly log: Pick<QueryLog, 'flush'> },
  scope: Scope,
  search: { readonly collectionId: CollectionId; readonly id: SearchId },
  given: readonly GivenFeedback[],
  options: { readonly now: Date; readonly signal: AbortSignal },
): Promise<void> {
  const feedback = new Map<string, Feedback>();
  for (const { entityId, judgement, grade } of given) {
    const documentId = entityId.replace(/__chunk_\d+$/, '');
    const kept = judgement === 'bad' ? 0 : (grade ?? gradeOf[judgement]);
    feedback.set(documentId, { entityId: documentId, judgement, grade: kept });
  }
  await deps.log.flush();
  const save = () => deps.store.saveFeedback(scope, search, [...feedback.values()], options.now);
  let outcome = await save();
  if (outcome === 'unknown_search') {
    await sleep(writtenByOthersWithinMs, undefined, { signal: options.signal });
    outcome = await save();
  }
  if (outcome === 'unknown_search') {
    throw new AppError(
      'not_found',
      `There is no search '${search.id}' in this collection: it was not kept, or is older than the query log reaches back.`,
    );
  }
  if (outcome === 'too_many') {
    throw new AppError('unprocessable', `A search takes feedback on at most ${maxFeedbackPerSearch} results.`);
  }
}
