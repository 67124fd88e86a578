import { isIP } from 'node:net';
import { Gauge, type Registry } from 'prom-client';
import { createOutboundHttp } from './adapters/outbound/create-outbound-http.ts';
import type { Database } from './adapters/postgres/database.ts';
import { createEventOutbox, createWantedTypes } from './adapters/postgres/event-outbox.ts';
import { createWebhookStore } from './adapters/postgres/webhook-store.ts';
import type { CredentialVault } from './core/connections/index.ts';
import { BackgroundEvents } from './core/events/index.ts';
import type { Logger } from './core/shared/index.ts';
import type { WebhookDependencies } from './core/webhooks/index.ts';

/** On a server that only this machine reaches and that asks nobody who he is, receivers under development may run beside it. */
const ownMachine = ['localhost', '127.0.0.0/8', '::1'];

/** More than exchanges can be under way, so that receivers at one host do not wait for one that hangs. */
const connectionsPerHost = 1_024;

export interface WebhookSettings {
  readonly egressAllow: readonly string[];
  readonly authEnabled: boolean;
  /** Where the server listens. */
  readonly host: string;
  readonly probesWebhooks: boolean;
}

/** What webhooks need; their client of HTTP is their own, and is closed with the server. */
export function openWebhooks(
  config: WebhookSettings,
  parts: {
    readonly database: Database;
    readonly vault: CredentialVault;
    readonly searchEvents: BackgroundEvents;
    readonly logger: Logger;
  },
  starting: AsyncDisposableStack,
): WebhookDependencies {
  const isOwnMachineOnly = !config.authEnabled && isLoopback(config.host);
  const receivers = createOutboundHttp({
    allow: [...config.egressAllow, ...(isOwnMachineOnly ? ownMachine : [])],
    connectionsPerHost,
    logger: parts.logger,
  });
  starting.defer(() => receivers.close());
  return {
    webhooks: createWebhookStore(parts.database),
    vault: parts.vault,
    receivers,
    probesReceivers: config.probesWebhooks,
    onWantedChanged: (scope) => parts.searchEvents.forgetWanted(scope),
    logger: parts.logger,
  };
}

/** Events of searches, which wait for nobody. They are written to the end when the server stops. */
export function openSearchEvents(database: Database, logger: Logger, starting: AsyncDisposableStack): BackgroundEvents {
  const events = new BackgroundEvents({
    outbox: createEventOutbox(database),
    findWanted: createWantedTypes(database),
    logger,
  });
  starting.defer(() => events.close());
  return events;
}

export function registerEventMetrics(registry: Registry, events: BackgroundEvents): void {
  new Gauge({
    name: 'weft_search_events_dropped',
    help: 'Events of searches that were not told since the start, since the database was too slow or gone',
    registers: [registry],
    collect() {
      this.set(events.dropped);
    },
  });
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
