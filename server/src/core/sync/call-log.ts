import type { SourceCall } from '../outbound/index.ts';
import type { RunProgress } from './run-progress.ts';

/** More kinds of requests are counted together. */
const maxRoutes = 50;

/** Counts what a run asks its source, and notes in the job's log what went wrong. Paths are templates, so no line holds a secret. */
export class CallLog {
  readonly #progress: RunProgress;
  readonly #counts = new Map<string, number>();

  constructor(progress: RunProgress) {
    this.#progress = progress;
  }

  note({ method, route, status, ms, tries }: SourceCall): void {
    const progress = this.#progress;
    progress.apiCalls += 1;
    if (tries > 0) progress.retries += 1;
    const name = `${method} ${route}`;
    const known = this.#counts.has(name) || this.#counts.size < maxRoutes ? name : 'others';
    this.#counts.set(known, (this.#counts.get(known) ?? 0) + 1);
    if (status !== null && status < 400) return;
    const again = tries === 0 ? '' : ` (asked ${tries + 1} times)`;
    progress.log.warn(`${name}: ${status === null ? 'no answer' : `status ${status}`} after ${ms} ms${again}.`);
  }

  /** Says what was asked how often, once the run is over. */
  summarise(): void {
    if (this.#counts.size === 0) return;
    const parts = [...this.#counts].sort(([, a], [, b]) => b - a).map(([name, count]) => `${count} × ${name}`);
    this.#progress.log.info(`Asked the source: ${parts.join(', ')}.`);
  }
}
