import type { ConnectorPolicy } from '../../connector-kit/index.ts';
import type { ConnectionStore, ConnectorRegistry, WatchedConnection } from '../../core/connections/index.ts';
import { isAppError, type Logger, newId, SyncJobId } from '../../core/shared/index.ts';

/** A change that comes while a run is under way waits this long for it to end. */
const retryAfterMs = 1_000;

interface Watch {
  readonly config: string;
  readonly abort: AbortController;
}

/** Where several processes could watch: each connection is watched by the one that has taken it. */
export interface WatchClaims {
  take(connectionId: string): Promise<boolean>;
  release(connectionId: string): Promise<void>;
}

export interface WatcherDependencies {
  readonly connections: ConnectionStore;
  readonly connectors: ConnectorRegistry;
  readonly policy: ConnectorPolicy;
  readonly logger: Logger;
  /** Absent: there is no other process. */
  readonly claims?: WatchClaims;
}

/** Watches the connections that ask for it, and begins a run soon after something changed. */
export class ConnectionWatcher {
  readonly #dependencies: WatcherDependencies;
  readonly #watches = new Map<string, Watch>();
  readonly #claimed = new Set<string>();
  readonly #retries = new Map<string, NodeJS.Timeout>();

  constructor(dependencies: WatcherDependencies) {
    this.#dependencies = dependencies;
  }

  /** Begins and ends watches so that they fit the connections there are. */
  async refresh(): Promise<void> {
    const { connections, connectors } = this.#dependencies;
    const watchable = connectors.list().filter((connector) => connector.watch !== undefined);
    if (watchable.length === 0) return;
    const wanted = await connections.listWatchable(watchable.map((connector) => connector.shortName));
    const ids = new Set<string>(wanted.map((connection) => connection.id));
    for (const [id, watch] of this.#watches) if (!ids.has(id)) this.#end(id, watch);
    for (const id of this.#claimed) if (!ids.has(id)) this.#giveUp(id);
    for (const connection of wanted) {
      const config = JSON.stringify(connection.config);
      const current = this.#watches.get(connection.id);
      if (current?.config === config) continue;
      if (current !== undefined) this.#end(connection.id, current);
      if (await this.#claim(connection.id)) this.#begin(connection, config);
    }
  }

  /** Ends every watch, without giving it up: the claims are gone already. The next `refresh` takes what it can get. */
  claimsLost(): void {
    this.#claimed.clear();
    this.close();
  }

  close(): void {
    for (const [id, watch] of this.#watches) this.#end(id, watch);
  }

  async #claim(id: string): Promise<boolean> {
    const { claims } = this.#dependencies;
    if (claims === undefined || this.#claimed.has(id)) return true;
    if (!(await claims.take(id))) return false;
    this.#claimed.add(id);
    return true;
  }

  #giveUp(id: string): void {
    if (!this.#claimed.delete(id)) return;
    this.#dependencies.claims?.release(id).catch((error: unknown) => {
      this.#dependencies.logger.warn({ sourceConnectionId: id, err: error }, 'a watch could not be given to others');
    });
  }

  #begin(connection: WatchedConnection, config: string): void {
    const { connectors, policy, logger } = this.#dependencies;
    const connector = connectors.find(connection.shortName);
    const parsed = connector?.config.safeParse(connection.config);
    if (connector?.watch === undefined || parsed?.success !== true) {
      this.#giveUp(connection.id);
      return;
    }
    const abort = new AbortController();
    this.#watches.set(connection.id, { config, abort });
    const context = { config: parsed.data, credentials: {}, policy, signal: abort.signal };
    connector
      .watch(context, () => this.#changed(connection))
      .catch((error: unknown) => {
        if (abort.signal.aborted) return;
        logger.warn({ sourceConnectionId: connection.id, err: error }, 'a connection can no longer be watched');
        this.#watches.delete(connection.id);
        this.#giveUp(connection.id);
      });
  }

  #end(id: string, watch: Watch): void {
    watch.abort.abort();
    clearTimeout(this.#retries.get(id));
    this.#retries.delete(id);
    this.#watches.delete(id);
  }

  #changed(connection: WatchedConnection): void {
    const { connections, logger } = this.#dependencies;
    if (!this.#watches.has(connection.id) || this.#retries.has(connection.id)) return;
    connections
      .startJob(connection.scope, connection.syncId, { id: newId(SyncJobId), trigger: 'watch', forceFull: false })
      .catch((error: unknown) => {
        // A run is under way and may have passed the change already: run once more when it has ended.
        if (!isAppError(error, 'invalid_request')) {
          logger.warn({ sourceConnectionId: connection.id, err: error }, 'a change was seen but no run could be begun');
        }
        const timer = setTimeout(() => {
          this.#retries.delete(connection.id);
          this.#changed(connection);
        }, retryAfterMs);
        this.#retries.set(connection.id, timer);
      });
  }
}
