import type { Logger } from '../shared/index.ts';
import type { AccountStore } from './account-store.ts';
import type { OrganizationStore } from './organization-store.ts';

/** Events of a deleted organisation are on their way for a while; until then its rows stay. */
const graceMs = 15 * 60_000;

/** Removes sessions, links and invitations that have run out, and organisations of which nothing is left to clear away. */
export async function sweepAccounts(
  dependencies: {
    readonly accounts: AccountStore;
    readonly organizations: OrganizationStore;
    readonly logger: Logger;
  },
  options: { readonly now: Date; readonly signal: AbortSignal },
): Promise<void> {
  const { accounts, organizations, logger } = dependencies;
  await accounts.removeExpired(options.now);
  const before = new Date(options.now.getTime() - graceMs);
  for (;;) {
    options.signal.throwIfAborted();
    const count = await organizations.removeDeleted(before);
    if (count === 0) return;
    logger.info({ count }, 'deleted organisations are removed');
  }
}
