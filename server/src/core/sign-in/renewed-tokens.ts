import { setTimeout as delay } from 'node:timers/promises';
import { type AccessTokens, type OAuth2, SourceError } from '../../connector-kit/index.ts';
import type { CredentialVault, OAuthClient } from '../connections/index.ts';
import type { Scope, SourceConnectionId } from '../shared/index.ts';
import { OAuthFailure, type OAuthGateway } from './oauth-gateway.ts';
import { parseStoredTokens, type StoredTokens, toSealable } from './stored-tokens.ts';
import type { RunLocked, TokenStore } from './token-store.ts';

/** A token that ends sooner is renewed before it is used. */
const marginMs = 5 * 60_000;
/** Waits between the tries to keep what a source gave, which it may give only once. */
const keepDelaysMs = [100, 500, 2_000];

export interface RenewalDependencies {
  readonly tokens: TokenStore;
  readonly oauth: OAuthGateway;
  readonly vault: CredentialVault;
  readonly runLocked: RunLocked;
}

export interface RenewedConnection {
  readonly scope: Scope;
  readonly id: SourceConnectionId;
  /** With its addresses filled in. */
  readonly oauth: OAuth2;
  /** Undefined: the operator has taken it out of the settings, and the user has none. */
  readonly client: OAuthClient | undefined;
}

interface Read {
  readonly sealed: Uint8Array;
  readonly tokens: StoredTokens;
}

/**
 * The tokens of one connection, renewed before they end. Across all processes one at a time renews them; the others find what
 * it stored. What a source gave is stored before it is used: a process that dies between the source's answer and the
 * database's loses it, and where the source then refuses the older refresh token, the person has to sign in again.
 */
export class RenewedTokens implements AccessTokens {
  readonly #dependencies: RenewalDependencies;
  readonly #connection: RenewedConnection;
  #tokens: StoredTokens;
  #renewing: Promise<string> | undefined;

  constructor(dependencies: RenewalDependencies, connection: RenewedConnection, tokens: StoredTokens) {
    this.#dependencies = dependencies;
    this.#connection = connection;
    this.#tokens = tokens;
  }

  async current(): Promise<string> {
    const { access_token: token, expires_at: expiresAt } = this.#tokens;
    const leftMs = expiresAt === null ? Number.POSITIVE_INFINITY : expiresAt.getTime() - Date.now();
    if (leftMs > marginMs) return token;
    if (!this.#isRenewable) {
      if (leftMs > 0) return token;
      throw await this.#refused('The sign-in has expired, and this source does not renew it.');
    }
    try {
      return await this.#renewOnce(token);
    } catch (error) {
      // There are some minutes left in which the source may answer.
      const isPassing = error instanceof SourceError && error.kind !== 'credentials';
      if (leftMs > 0 && isPassing) return token;
      throw error;
    }
  }

  async renew(refused: string): Promise<string> {
    if (this.#tokens.access_token !== refused) return this.#tokens.access_token;
    return this.#renewOnce(refused);
  }

  get #isRenewable(): boolean {
    return this.#connection.oauth.tokens !== 'access_only' && this.#tokens.refresh_token !== null;
  }

  #renewOnce(token: string): Promise<string> {
    const { runLocked } = this.#dependencies;
    this.#renewing ??= runLocked(`token:${this.#connection.id}`, () => this.#renew(token)).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renew(token: string): Promise<string> {
    const before = await this.#read();
    this.#tokens = before.tokens;
    // Another process was first, or the person has signed in again.
    if (before.tokens.access_token !== token) return before.tokens.access_token;
    const { refresh_token: refreshToken } = before.tokens;
    if (!this.#isRenewable || refreshToken === null) {
      throw await this.#refused('The source refuses the token, and does not renew it.');
    }
    const { client, oauth } = this.#connection;
    if (client === undefined) {
      throw new SourceError(
        'configuration',
        'The OAuth client that this connection was made with is no longer set on the server.',
      );
    }
    const answer = await this.#dependencies.oauth
      .refresh(oauth, { client, refreshToken })
      .catch(async (error: unknown) => {
        throw await this.#toSourceError(error);
      });
    return this.#keep(before, {
      ...before.tokens,
      access_token: answer.accessToken,
      refresh_token: answer.refreshToken ?? refreshToken,
      expires_at: answer.expiresAt,
      kept: { ...before.tokens.kept, ...answer.kept },
    });
  }

  async #keep(before: Read, after: StoredTokens): Promise<string> {
    const { scope, id } = this.#connection;
    const { tokens, vault } = this.#dependencies;
    const sealed = vault.seal(scope, id, toSealable(after));
    for (let tries = 0; ; tries += 1) {
      try {
        const isKept = await tokens.replace(scope, id, before.sealed, sealed);
        this.#tokens = isKept ? after : (await this.#read()).tokens;
        return this.#tokens.access_token;
      } catch (error) {
        const waitMs = keepDelaysMs[tries];
        if (waitMs === undefined) throw error;
        await delay(waitMs);
      }
    }
  }

  async #read(): Promise<Read> {
    const { scope, id } = this.#connection;
    const sealed = await this.#dependencies.tokens.read(scope, id);
    if (sealed === undefined) throw new SourceError('configuration', 'The source connection was deleted.');
    return { sealed, tokens: parseStoredTokens(this.#dependencies.vault.open(scope, id, sealed)) };
  }

  async #toSourceError(error: unknown): Promise<unknown> {
    if (!(error instanceof OAuthFailure)) return error;
    const { kind, message, retryAfterMs } = error;
    const options = { cause: error, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    switch (kind) {
      case 'grant':
        return this.#refused(message, error);
      case 'client':
        return new SourceError('configuration', message, options);
      case 'rate_limited':
        return new SourceError('rate_limited', message, options);
      default:
        // As an outage: a run waits for it, and a connection stays as it is.
        return new SourceError('source', message, { ...options, status: 503 });
    }
  }

  async #refused(message: string, cause?: unknown): Promise<SourceError> {
    const { scope, id } = this.#connection;
    const errorCategory = 'oauth_credentials_expired';
    await this.#dependencies.tokens.markRefused(scope, id, errorCategory);
    return new SourceError('credentials', `${message} Sign in to the source again.`, {
      errorCategory,
      ...(cause === undefined ? {} : { cause }),
    });
  }
}
