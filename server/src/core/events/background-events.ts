import { type Logger, type Scope, toMessage } from '../shared/index.ts';
import type { DomainEvent, EventOutbox, EventType } from './domain-event.ts';

/** Events that wait to be written; what comes when it is full is not told. With their queries at most 10 MB. */
const maxWaiting = 5_000;
const maxBatch = 200;
const flushEveryMs = 500;
/** How long it is believed which types an organisation wants. Another process may have changed it meanwhile. */
const wantedForMs = 5_000;
const maxKnown = 10_000;
/** How long a stop waits for the last ones to be written. */
const closeWithinMs = 2_000;

/** Which types the enabled subscriptions of an organisation want. */
export type FindWantedTypes = (scope: Scope) => Promise<ReadonlySet<EventType>>;

export interface BackgroundEventsOptions {
  readonly outbox: EventOutbox;
  readonly findWanted: FindWantedTypes;
  readonly logger: Logger;
}

/**
 * Tells of what happens too often to wait for it: searches. They wait in memory and are written in batches, so that no search waits
 * for it or fails because of it. When the database is slow or gone, the queue fills up, and then events are dropped and counted.
 */
export class BackgroundEvents {
  readonly #options: BackgroundEventsOptions;
  readonly #wanted = new Map<string, { readonly types: ReadonlySet<EventType>; readonly until: number }>();
  #waiting: { readonly scope: Scope; readonly event: DomainEvent }[] = [];
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: BackgroundEventsOptions) {
    this.#options = options;
  }

  /** How many events were not told since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether making an event of one of these types is worth the while; true also when it is not known yet. */
  mayWant(scope: Scope, types: readonly EventType[]): boolean {
    const known = this.#known(scope);
    return known === undefined || types.some((type) => known.has(type));
  }

  /** Takes no time and never throws. */
  record(scope: Scope, event: DomainEvent): void {
    if (!this.mayWant(scope, [event.type])) return;
    if (this.#isClosed || this.#waiting.length >= maxWaiting) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push({ scope, event });
    this.#timer ??= setTimeout(() => void this.flush(), flushEveryMs).unref();
  }

  /** To be called when an organisation's subscriptions were changed. */
  forgetWanted(scope: Scope): void {
    this.#wanted.delete(scope.organizationId);
  }

  /** Writes what waits. Never throws: what cannot be written is dropped and counted. */
  async flush(): Promise<void> {
    this.#flushing ??= this.#writeAll().finally(() => {
      this.#flushing = undefined;
    });
    await this.#flushing;
  }

  /** Writes what waits, for at most 2 s. May be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, closeWithinMs);
    });
    await Promise.race([this.flush(), late]).finally(() => clearTimeout(timer));
    clearTimeout(this.#timer);
  }

  #known(scope: Scope): ReadonlySet<EventType> | undefined {
    const known = this.#wanted.get(scope.organizationId);
    return known !== undefined && known.until > Date.now() ? known.types : undefined;
  }

  async #writeAll(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, maxBatch);
      this.#waiting = this.#waiting.slice(batch.length);
      for (const ofOrganization of Map.groupBy(batch, ({ scope }) => scope.organizationId).values()) {
        const [first] = ofOrganization;
        if (first === undefined) continue;
        const events = ofOrganization.map(({ event }) => event);
        try {
          await this.#write(first.scope, events);
        } catch (error) {
          this.#dropped += events.length;
          const fields = { err: error, reason: toMessage(error), events: events.length };
          this.#options.logger.warn(fields, 'events of searches were not written');
        }
      }
    }
  }

  async #write(scope: Scope, events: readonly DomainEvent[]): Promise<void> {
    const wanted = this.#known(scope) ?? (await this.#readWanted(scope));
    const told = events.filter(({ type }) => wanted.has(type));
    if (told.length > 0) await this.#options.outbox.append(scope, told);
  }

  async #readWanted(scope: Scope): Promise<ReadonlySet<EventType>> {
    const types = await this.#options.findWanted(scope);
    if (this.#wanted.size >= maxKnown) this.#wanted.clear();
    this.#wanted.set(scope.organizationId, { types, until: Date.now() + wantedForMs });
    return types;
  }
}
