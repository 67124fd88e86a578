import type { Database } from './adapters/postgres/database.ts';
import { createDeliveryQueue } from './adapters/postgres/webhook-delivery-queue.ts';
import { WebhookDeliverer, type WebhookDependencies } from './core/webhooks/index.ts';
import { PeriodicTask } from './entrypoints/worker/periodic-task.ts';
import type { Storage } from './open-storage.ts';

const recoverEveryMs = 1_000;
const recoveryBatch = 1_000;
const sweepEveryMs = 60_000;
const sweepBatch = 5_000;
const dayMs = 86_400_000;

/** Starts what delivers webhooks, finds again what was missed, and removes what is old. */
export async function startWebhooks(
  webhooks: WebhookDependencies,
  options: {
    readonly database: Database;
    readonly retentionDays: number;
    readonly sharing: Storage['sharing'];
  },
  starting: AsyncDisposableStack,
): Promise<void> {
  const { database, retentionDays, sharing } = options;
  const { logger } = webhooks;
  const queue = createDeliveryQueue(database);
  // Alone, whoever held a lease before is gone. Beside others, the leases of the dead run out.
  if (sharing === undefined) await queue.releaseAllLeases();

  const recover = async (signal: AbortSignal) => {
    while (!signal.aborted && (await queue.advanceRecovery(recoveryBatch)));
  };
  const sweep = async (signal: AbortSignal) => {
    const before = new Date(Date.now() - retentionDays * dayMs);
    while (!signal.aborted && (await queue.removeOld(before, sweepBatch)) > 0);
  };
  const sweepAlone = async (signal: AbortSignal) => {
    if (sharing === undefined) await sweep(signal);
    else await sharing.locks.tryRun('webhooks', () => sweep(signal));
  };
  const tasks = [
    new PeriodicTask('webhook-recoveries', recoverEveryMs, recover, logger),
    new PeriodicTask('webhook-sweep', sweepEveryMs, sweepAlone, logger),
  ];
  for (const task of tasks) {
    task.start();
    starting.defer(() => task.stop());
  }
  const deliverer = new WebhookDeliverer(queue, webhooks);
  deliverer.start();
  starting.defer(() => deliverer.stop());
}
