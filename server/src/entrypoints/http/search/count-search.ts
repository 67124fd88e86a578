import type { Caller } from '../../../core/access/index.ts';
import type { ModelCall } from '../../../core/language-models/index.ts';
import type { UsageMeter } from '../../../core/quotas/index.ts';

export interface CountSearchDependencies {
  /** Absent: nothing is counted and nothing limited. */
  readonly usage?: Pick<UsageMeter, 'require' | 'takeQuery' | 'count'>;
}

/**
 * To be called before a search looks anything up. Searches in rounds are limited by the tokens they take; all others are counted.
 *
 * @throws AppError('invalid_request') where it is used up
 */
export async function requireSearch(
  { usage }: CountSearchDependencies,
  caller: Caller,
  what: 'queries' | 'tokens',
): Promise<void> {
  if (what === 'queries') await usage?.takeQuery(caller.scope);
  else await usage?.require(caller.scope, 'tokens');
}

/** Takes no time: what is counted is written later. */
export function countTokens(
  { usage }: CountSearchDependencies,
  caller: Caller,
  calls: readonly Pick<ModelCall, 'usage'>[],
): void {
  const tokens = calls.reduce((sum, call) => sum + call.usage.inputTokens + call.usage.outputTokens, 0);
  usage?.count(caller.scope, { queries: 0, tokens });
}
