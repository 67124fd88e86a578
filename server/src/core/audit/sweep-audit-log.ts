import type { Logger } from '../shared/index.ts';
import type { AuditReader } from './audit-log.ts';

/** In one statement, so that none is long. */
const batch = 1_000;

/** Removes the entries that are past their organisation's time. */
export async function sweepAuditLog(
  dependencies: { readonly reader: AuditReader; readonly logger: Logger },
  options: { readonly now: Date; readonly defaultDays: number; readonly signal: AbortSignal },
): Promise<void> {
  let removed = 0;
  for (;;) {
    options.signal.throwIfAborted();
    const count = await dependencies.reader.removeOld(options.now, options.defaultDays, batch);
    removed += count;
    if (count < batch) break;
  }
  if (removed > 0) dependencies.logger.info({ removed }, 'old entries of the audit log are removed');
}
