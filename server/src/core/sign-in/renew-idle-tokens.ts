import { SourceError } from '../../connector-kit/index.ts';
import type { ConnectorRegistry, OpenAccess } from '../connections/index.ts';
import type { Logger } from '../shared/index.ts';
import type { TokenStore } from './token-store.ts';

/** Sources let go of refresh tokens that nobody uses, some after a few days. */
const idleAfterMs = 24 * 3_600_000;
const batch = 20;

export interface IdleTokenDependencies {
  readonly tokens: Pick<TokenStore, 'takeIdle'>;
  readonly connectors: ConnectorRegistry;
  readonly access: OpenAccess;
  readonly logger: Logger;
}

/**
 * Renews tokens that were not renewed for a day, so that a sign-in that was taken back is seen before the next sync needs it, and
 * none ends because it was not used. What fails for another reason is tried again a day later, or by the next sync.
 */
export async function renewIdleTokens(
  dependencies: IdleTokenDependencies,
  { now, signal }: { readonly now: Date; readonly signal: AbortSignal },
): Promise<void> {
  const before = new Date(now.getTime() - idleAfterMs);
  for (;;) {
    const idle = await dependencies.tokens.takeIdle(before, now, batch);
    for (const connection of idle) {
      signal.throwIfAborted();
      await renewIdle(dependencies, connection);
    }
    if (idle.length < batch) return;
  }
}

async function renewIdle(
  { connectors, access: open, logger }: IdleTokenDependencies,
  { scope, access }: Awaited<ReturnType<TokenStore['takeIdle']>>[number],
): Promise<void> {
  const connector = connectors.find(access.shortName);
  if (connector?.oauth?.kind !== 'oauth2' || connector.oauth.tokens === 'access_only') return;
  try {
    const { tokens } = await open(scope, connector, access);
    await tokens?.renew(await tokens.current());
  } catch (error) {
    // One connection's trouble is not the others'; refused tokens are noted on the connection itself.
    const isRefused = error instanceof SourceError && error.kind === 'credentials';
    logger[isRefused ? 'info' : 'warn'](
      { sourceConnectionId: access.id, err: error },
      isRefused ? 'a source takes a sign-in no longer' : 'a token that is not used could not be renewed',
    );
  }
}
