import {
  type CryptoKey,
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWSHeaderParameters,
} from 'jose';
import { z } from 'zod';
import type { OutboundHttp } from '../../core/outbound/index.ts';
import { AppError, type Logger, toMessage } from '../../core/shared/index.ts';
import { discoverJwksUrl, fetchJson } from './discover-issuer.ts';

const KeySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });

/** A key that left the provider's list is refused after this at the latest. */
const maxAgeMs = 10 * 60_000;
/** Unknown key ids make us look again no more often: anybody can make tokens with such ids. */
const minIntervalMs = 60_000;

/** The keys that an issuer signs with: read when they are first needed, and again as they age or an unknown one comes along. */
export class IssuerKeys {
  readonly #http: OutboundHttp;
  readonly #issuer: string;
  readonly #logger: Logger;
  readonly #now: () => number;
  #jwksUrl: string | undefined;
  #find: ReturnType<typeof createLocalJWKSet> | undefined;
  #readAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(
    http: OutboundHttp,
    options: { readonly issuer: string; readonly logger: Logger; readonly now?: () => number },
  ) {
    this.#http = http;
    this.#issuer = options.issuer;
    this.#logger = options.logger;
    this.#now = options.now ?? Date.now;
  }

  /**
   * @throws AppError('unavailable') when the keys cannot be read
   * @throws errors.JWKSNoMatchingKey when none of them is meant
   */
  async find(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    if (this.#now() - this.#readAt > maxAgeMs) await this.#read();
    try {
      return await this.#findNow(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || this.#now() - this.#triedAt < minIntervalMs) throw error;
      await this.#read();
      return this.#findNow(header, token);
    }
  }

  #findNow(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    if (this.#find === undefined) throw unreadable();
    return this.#find(header, token);
  }

  #read(): Promise<void> {
    this.#reading ??= this.#readOnce().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readOnce(): Promise<void> {
    // Known keys that are too old are no keys; while the provider cannot be reached it is asked no more often, either.
    if (this.#now() - this.#triedAt < minIntervalMs && this.#find === undefined) throw unreadable();
    this.#triedAt = this.#now();
    try {
      this.#jwksUrl ??= await discoverJwksUrl(this.#http, this.#issuer);
      const keys = KeySet.parse(await fetchJson(this.#http, this.#jwksUrl));
      // The shape was checked as far as it matters; the library checks each key that it takes.
      this.#find = createLocalJWKSet(keys as JSONWebKeySet);
      this.#readAt = this.#now();
    } catch (error) {
      this.#find = undefined;
      this.#logger.warn({ err: error }, 'the keys of the identity provider cannot be read');
      throw new AppError('unavailable', `The keys of the identity provider cannot be read: ${toMessage(error)}`, {
        cause: error,
        retryAfterMs: minIntervalMs,
      });
    }
  }
}

function unreadable(): AppError {
  return new AppError(
    'unavailable',
    'The keys of the identity provider cannot be read just now: try again in a minute.',
    {
      retryAfterMs: minIntervalMs,
    },
  );
}
