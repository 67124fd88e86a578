import type { CredentialVault } from '../connections/index.ts';
import type { OutboundHttp } from '../outbound/index.ts';
import type { Logger, Scope } from '../shared/index.ts';
import type { WebhookStore } from './webhook-store.ts';

/** What the functions of this module need. */
export interface WebhookDependencies {
  readonly webhooks: WebhookStore;
  readonly vault: CredentialVault;
  /** Reaches receivers, and nothing that the guard forbids. */
  readonly receivers: OutboundHttp;
  /** Whether a new subscription's address must answer. */
  readonly probesReceivers: boolean;
  /** Called when an organisation wants other types than before. */
  readonly onWantedChanged?: (scope: Scope) => void;
  readonly logger: Logger;
}
