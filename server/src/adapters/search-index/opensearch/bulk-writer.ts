import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { AppError } from '../../../core/shared/index.ts';
import { backOffMs, type Cluster, limitsMs } from './cluster.ts';
import { diskFull, isFullReason, isPassingStatus, unavailable } from './cluster-errors.ts';

/** Of one request; a row larger than this goes alone. */
const maxRequestBytes = 4 * 2 ** 20;
/** Requests at once of this process: while they run, further writers wait. */
const maxRequests = 3;

/** One action and, unless it removes, its row; each a line of JSON without its end. */
export interface BulkItem {
  readonly action: string;
  readonly row?: string;
}

const Item = z.object({
  status: z.number(),
  error: z.object({ type: z.string().optional(), reason: z.string().optional() }).optional(),
});
const Answer = z.object({ errors: z.boolean(), items: z.array(z.record(z.string(), Item)) });
type Outcome = z.infer<typeof Item>;

/** Writes rows in requests of bounded size and number. What comes back refused for now is sent again, and only that. */
export class BulkWriter {
  readonly #cluster: Cluster;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /**
   * Writes all items, which are visible to searches when it returns.
   *
   * @throws AppError('unavailable') when some are still refused after a minute; what was written stays
   */
  async write(index: string, routing: string, items: Iterable<BulkItem>): Promise<void> {
    for (const batch of inRequests(items)) await this.#inTurn(() => this.#writeBatch(index, routing, batch));
  }

  async #writeBatch(index: string, routing: string, batch: readonly BulkItem[]): Promise<void> {
    const until = Date.now() + limitsMs.write.retry;
    let left = batch;
    for (let attempt = 0; ; attempt++) {
      const answer = await this.#cluster.request(Answer, {
        method: 'POST',
        path: `/${index}/_bulk`,
        // All rows of a collection are in one shard, and only that is refreshed.
        query: { routing, refresh: true, filter_path: 'errors,items.*.status,items.*.error.type,items.*.error.reason' },
        lines: left.map(({ action, row }) => (row === undefined ? `${action}\n` : `${action}\n${row}\n`)).join(''),
        what: 'write',
        limits: limitsMs.write,
      });
      if (!answer.errors) return;
      const outcomes = answer.items.map((item) => Object.values(item)[0]);
      const refused = left.filter((_, i) => isRefused(outcomes[i]));
      if (refused.length === 0) return;
      if (Date.now() > until) throw unavailable('is overloaded or recovering (write). Try again.');
      left = refused;
      await sleep(backOffMs(attempt));
    }
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    if (this.#running >= maxRequests) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      await work();
    } finally {
      // The turn goes to the next in line, or is given back.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}

/**
 * Whether an item must be sent again.
 *
 * @throws AppError for one that never will be taken
 */
function isRefused(outcome: Outcome | undefined): boolean {
  if (outcome === undefined) return true;
  const { status, error } = outcome;
  // 404: what was to be removed is not there.
  if (status < 300 || (status === 404 && error === undefined)) return false;
  // 409: a newer version of the row is there, which stays.
  if (status === 409) return false;
  if (isFullReason(error?.reason ?? '')) throw diskFull();
  if (isPassingStatus(status)) return true;
  // The reason may quote the document.
  throw new AppError('internal', `The search cluster refused a row (status ${status}: ${error?.type ?? 'unknown'}).`);
}

function* inRequests(items: Iterable<BulkItem>): Iterable<readonly BulkItem[]> {
  let batch: BulkItem[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = item.action.length + Buffer.byteLength(item.row ?? '') + 2;
    if (batch.length > 0 && bytes + size > maxRequestBytes) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(item);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
