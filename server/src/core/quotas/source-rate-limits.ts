import type { Scope, SourceConnectionId } from '../shared/index.ts';
import type { RateWindows } from './request-limiter.ts';

/** What shares one allowance of a source: the whole organisation, or each connection its own. */
export type RateLimitLevel = 'org' | 'connection';

/** How fast a source may be asked, as an organisation has set it. */
export interface SourceRateLimit {
  readonly id: string;
  readonly sourceName: string;
  readonly maxRequests: number;
  readonly windowSeconds: number;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

export interface SourceRateLimitStore {
  /** By name. */
  list(scope: Scope): Promise<readonly SourceRateLimit[]>;
  find(scope: Scope, sourceName: string): Promise<SourceRateLimit | undefined>;
  /** Makes or changes it. */
  put(
    scope: Scope,
    sourceName: string,
    limit: Pick<SourceRateLimit, 'maxRequests' | 'windowSeconds'>,
  ): Promise<SourceRateLimit>;
  /** Does nothing where there is none. */
  delete(scope: Scope, sourceName: string): Promise<void>;
}

/** The port of whoever asks sources. */
export interface SourceRateLimiter {
  /**
   * To be called before each request to a source.
   *
   * @param source     its short name
   * @param connection whose request it is
   * @returns 0: it may be sent, and is counted. Otherwise the milliseconds, at least 100, after which to call again.
   */
  take(scope: Scope, source: string, connection: SourceConnectionId): Promise<number>;
}

export interface SourceRateLimiterOptions {
  readonly limits: Pick<SourceRateLimitStore, 'find'>;
  readonly windows: RateWindows;
  /** Null: the source is never limited. */
  readonly levelOf: (source: string) => RateLimitLevel | null;
  readonly isEnabled: (scope: Scope) => Promise<boolean>;
}

const minWaitMs = 100;
const believedForMs = 5_000;
const maxBelieved = 10_000;

type Allowance = Pick<SourceRateLimit, 'maxRequests' | 'windowSeconds'> | undefined;

/** Exact over all processes. Settings are read again after 5 s. Throws what the stores throw: nobody is asked uncounted. */
export function createSourceRateLimiter(options: SourceRateLimiterOptions): SourceRateLimiter {
  const believed = new Map<string, { readonly allowance: Promise<Allowance>; readonly until: number }>();

  async function readAllowance(scope: Scope, source: string): Promise<Allowance> {
    return (await options.isEnabled(scope)) ? options.limits.find(scope, source) : undefined;
  }

  function findAllowance(scope: Scope, source: string): Promise<Allowance> {
    const key = `${scope.organizationId} ${source}`;
    const known = believed.get(key);
    if (known !== undefined && known.until > performance.now()) return known.allowance;
    if (believed.size >= maxBelieved) believed.clear();
    const allowance = readAllowance(scope, source);
    allowance.catch(() => believed.delete(key));
    believed.set(key, { allowance, until: performance.now() + believedForMs });
    return allowance;
  }

  return {
    async take(scope, source, connection) {
      const level = options.levelOf(source);
      if (level === null) return 0;
      const allowance = await findAllowance(scope, source);
      if (allowance === undefined) return 0;
      const key = level === 'org' ? `source:${source}` : `source:${source}:${connection}`;
      const window = { places: allowance.maxRequests, widthMs: allowance.windowSeconds * 1000 };
      const taken = await options.windows.take(scope, key, window);
      return taken.isTaken ? 0 : Math.max(minWaitMs, Math.ceil(taken.waitMs));
    },
  };
}
