import type { Caller } from '../access/index.ts';
import { AppError } from '../shared/index.ts';

/**
 * What others have asked is for owners and admins of the organisation, and for keys with the scope `admin`, which the endpoint
 * has checked already: a query may say more about a person than a document does.
 *
 * @throws AppError('forbidden') for the organisation's other members
 */
export function requireInsightAccess(caller: Caller): void {
  if (caller.kind === 'user' && caller.role === 'member') {
    throw new AppError(
      'forbidden',
      'Insufficient permissions: only owners and admins of the organization may see what others have searched for.',
    );
  }
}
