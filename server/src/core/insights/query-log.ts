import type { Caller } from '../access/index.ts';
import type { Filter } from '../search/index.ts';
import { type CollectionId, type Logger, newId, type Scope, toMessage } from '../shared/index.ts';
import { filterShape } from './filter-shape.ts';
import { hashQuery } from './query-hash.ts';
import {
  type LoggedSearch,
  type ModelSpending,
  type OwnQueryLogSetting,
  type QueryLogSetting,
  type QueryLogStore,
  SearchId,
  type SearchTier,
} from './query-log-store.ts';

/** Searches that wait to be written; what comes when it is full is not kept. With their words at most 20 MB. */
const maxWaiting = 5_000;
const maxBatch = 500;
const flushEveryMs = 1_000;
const maxTries = 3;
const maxTextLength = 1_000;
/** How long an organisation's setting is believed. What another process wrote meanwhile against it, the sweep removes. */
const settingForMs = 15_000;
const maxSettings = 10_000;
/** How long a stop waits for the last searches to be written. */
const closeWithinMs = 3_000;

export interface QueryLogOptions {
  readonly store: Pick<QueryLogStore, 'findSetting' | 'insert'>;
  readonly logger: Logger;
  /** For organisations without a setting of their own. */
  readonly defaults: QueryLogSetting;
  /** See `hashQuery`. */
  readonly hashKey: Uint8Array;
  readonly now?: () => Date;
}

/** What a tier knows of a search that it has answered. */
export interface AnsweredSearch {
  readonly collectionId: CollectionId;
  readonly tier: SearchTier;
  readonly query: string;
  readonly strategy: string;
  readonly planner?: string;
  /** As the caller gave it, not as a plan has extended it. */
  readonly filter?: Filter;
  readonly offset: number;
  readonly resultCount: number;
  readonly topScore: number | null;
  readonly tookMs: number;
  readonly usage?: ModelSpending;
}

interface Waiting {
  readonly id: SearchId;
  readonly at: Date;
  readonly caller: Pick<Caller, 'scope' | 'kind' | 'apiKeyId'>;
  readonly search: AnsweredSearch;
}

/**
 * Keeps what is to be kept of searches. They wait in memory and are written in batches once a second, so that no search waits
 * for it or fails because of it: when the database is slow or gone, the queue fills up, and then searches go unrecorded.
 */
export class QueryLog {
  readonly #options: QueryLogOptions;
  readonly #settings = new Map<string, { readonly setting: QueryLogSetting; readonly until: number }>();
  #waiting: Waiting[] = [];
  #unrecorded = 0;
  #tries = 0;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: QueryLogOptions) {
    this.#options = options;
  }

  /**
   * Takes no time and never throws.
   *
   * @returns what feedback may refer to; null when the search is not going to be kept
   */
  record(caller: Waiting['caller'], search: AnsweredSearch): SearchId | null {
    const known = this.#settings.get(caller.scope.organizationId);
    if (known?.setting.mode === 'off') {
      if (known.until <= this.#now().getTime()) void this.#refreshSetting(caller.scope, known.setting);
      return null;
    }
    if (this.#isClosed || this.#waiting.length >= maxWaiting) {
      this.#unrecorded += 1;
      return null;
    }
    const id = newId(SearchId);
    this.#waiting.push({ id, at: this.#now(), caller, search });
    this.#timer ??= setTimeout(() => void this.flush(), flushEveryMs).unref();
    return id;
  }

  /** Writes what waits. Never throws: what cannot be written is tried again, and after three times given up. */
  async flush(): Promise<void> {
    this.#flushing ??= this.#writeAll().finally(() => {
      this.#flushing = undefined;
    });
    await this.#flushing;
  }

  /** The organisation's setting, with the server's defaults where it has none. @throws what the store throws */
  async readSetting(scope: Scope): Promise<QueryLogSetting> {
    const known = this.#knownSetting(scope);
    if (known !== undefined) return known;
    const setting = withDefaults(await this.#options.store.findSetting(scope), this.#options.defaults);
    this.#believe(scope, setting);
    return setting;
  }

  /** To be called when an organisation's setting was changed. */
  forgetSetting(scope: Scope): void {
    this.#settings.delete(scope.organizationId);
  }

  /** Writes what waits, for at most 3 s. May be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, closeWithinMs);
    });
    await Promise.race([this.flush(), late]).finally(() => clearTimeout(timer));
    clearTimeout(this.#timer);
  }

  #now(): Date {
    return this.#options.now?.() ?? new Date();
  }

  #believe(scope: Scope, setting: QueryLogSetting): void {
    if (this.#settings.size >= maxSettings) this.#settings.clear();
    this.#settings.set(scope.organizationId, { setting, until: this.#now().getTime() + settingForMs });
  }

  /** Without a search that waits for it: of who turned the log off, nothing is held, not even for a second. */
  async #refreshSetting(scope: Scope, last: QueryLogSetting): Promise<void> {
    this.#believe(scope, last);
    try {
      this.#believe(scope, withDefaults(await this.#options.store.findSetting(scope), this.#options.defaults));
    } catch (error) {
      this.#options.logger.warn({ err: error, reason: toMessage(error) }, 'the setting of a query log was not read');
    }
  }

  #knownSetting(scope: Scope): QueryLogSetting | undefined {
    const known = this.#settings.get(scope.organizationId);
    return known !== undefined && known.until > this.#now().getTime() ? known.setting : undefined;
  }

  async #writeAll(): Promise<void> {
    const { logger } = this.#options;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, maxBatch);
      try {
        await this.#write(batch);
      } catch (error) {
        this.#tries += 1;
        const isGivenUp = this.#tries >= maxTries || this.#isClosed;
        const fields = { err: error, reason: toMessage(error), searches: batch.length, isGivenUp };
        logger.warn(fields, 'searches were not recorded');
        if (!isGivenUp) {
          this.#timer ??= setTimeout(() => void this.flush(), flushEveryMs).unref();
          return;
        }
      }
      this.#tries = 0;
      this.#waiting = this.#waiting.slice(batch.length);
    }
    if (this.#unrecorded > 0) logger.warn({ searches: this.#unrecorded }, 'searches came too fast to be recorded');
    this.#unrecorded = 0;
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    for (const [, ofOrganization] of Map.groupBy(batch, ({ caller }) => caller.scope.organizationId)) {
      const [first] = ofOrganization;
      if (first === undefined) continue;
      const { scope } = first.caller;
      const { mode } = await this.readSetting(scope);
      if (mode === 'off') continue;
      const searches = ofOrganization.map((waiting) => this.#toLogged(waiting, mode === 'full'));
      await this.#options.store.insert(scope, searches);
    }
  }

  #toLogged({ id, at, caller, search }: Waiting, keepsWords: boolean): LoggedSearch {
    return {
      id,
      at,
      collectionId: search.collectionId,
      tier: search.tier,
      strategy: search.strategy,
      planner: search.planner ?? null,
      callerKind: caller.kind,
      apiKeyId: caller.apiKeyId ?? null,
      queryHash: hashQuery(this.#options.hashKey, search.collectionId, search.query),
      queryText: keepsWords ? search.query.slice(0, maxTextLength).toWellFormed() : null,
      filterShape: filterShape(search.filter, keepsWords),
      offset: search.offset,
      resultCount: search.resultCount,
      topScore: search.topScore,
      tookMs: search.tookMs,
      usage: search.usage ?? null,
    };
  }
}

/** @param own what the organisation chose */
function withDefaults(own: OwnQueryLogSetting | undefined, defaults: QueryLogSetting): QueryLogSetting {
  return {
    mode: own?.mode ?? defaults.mode,
    retentionDays: own?.retentionDays ?? defaults.retentionDays,
  };
}
