import type { Logger } from '../../core/shared/index.ts';
import { ChildError } from './child-error.ts';
import { PooledChild } from './pooled-child.ts';

export interface ChildPoolOptions {
  /** Absolute path of the module that calls `serveRequests`. */
  readonly modulePath: string;
  /** Most children at once; each is started when there is work for it. */
  readonly size: number;
  /** Resident memory at which a child is killed; its JavaScript heap is held to the same. */
  readonly maxMemoryMb: number;
  /** For one request, from the moment a child has it. */
  readonly timeoutMs: number;
  /** For `os.setPriority`; default 19, the most yielding. */
  readonly priority?: number;
  /** Added to the few variables that a child inherits (paths, language, time zone). */
  readonly env?: Readonly<Record<string, string>>;
  readonly argv?: readonly string[];
  /** Flags for Node itself, such as those of its permission model. */
  readonly execArgv?: readonly string[];
  /** A child without work for so long is ended; default: kept until `close`. */
  readonly idleTimeoutMs?: number;
  readonly logger: Logger;
}

export interface ChildRunOptions {
  readonly signal: AbortSignal;
  /** Goes before all waiting requests that are not urgent. */
  readonly urgent?: boolean;
  readonly timeoutMs?: number;
}

interface Waiting {
  readonly request: unknown;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly resolve: (response: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** How long a child may go on with a request that nobody waits for before it is killed to make room. */
const abandonedMs = 2000;

/**
 * Runs requests in child processes of low priority that may be killed: for work on untrusted input, and for native code.
 *
 * A child that dies, hangs or grows over its limit costs the one request that it was working on; the next one gets a
 * fresh process. Whether a failed request is worth another try is for the caller to say, who knows what was in it.
 */
export class ChildPool<Request, Response> {
  readonly #options: ChildPoolOptions;
  readonly #urgent: Waiting[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #idle: { readonly child: PooledChild; readonly timer: NodeJS.Timeout | undefined }[] = [];
  readonly #children = new Set<PooledChild>();
  #isClosed = false;

  constructor(options: ChildPoolOptions) {
    this.#options = options;
  }

  /**
   * @throws ChildError when the child died, hung, grew too large or its handler threw; the signal's reason when aborted
   */
  run(request: Request, options: ChildRunOptions): Promise<Response> {
    const { signal } = options;
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#isClosed) return Promise.reject(new ChildError('died', 'the child processes have been stopped'));
    return new Promise<Response>((resolve, reject) => {
      const queue = options.urgent === true ? this.#urgent : this.#waiting;
      const onAbort = () => {
        const index = queue.indexOf(waiting);
        if (index >= 0) queue.splice(index, 1);
        waiting.reject(signal.reason);
      };
      const waiting: Waiting = {
        request,
        signal,
        timeoutMs: options.timeoutMs ?? this.#options.timeoutMs,
        resolve: (response) => {
          signal.removeEventListener('abort', onAbort);
          // The child's module answers with what the pool's type parameter says; both are one version of one program.
          resolve(response as Response);
        },
        reject: (error) => {
          signal.removeEventListener('abort', onAbort);
          reject(error);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      queue.push(waiting);
      this.#dispatch();
    });
  }

  /** Kills the children and rejects what runs or waits. May be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const error = new ChildError('died', 'the child processes have been stopped');
    for (const waiting of [...this.#urgent.splice(0), ...this.#waiting.splice(0)]) waiting.reject(error);
    for (const { timer } of this.#idle.splice(0)) clearTimeout(timer);
    const children = [...this.#children];
    for (const child of children) child.end(error);
    await Promise.all(children.map((child) => child.exited));
  }

  #dispatch(): void {
    while (!this.#isClosed && this.#urgent.length + this.#waiting.length > 0) {
      const child = this.#takeChild();
      if (child === undefined) return;
      const waiting = this.#urgent.shift() ?? this.#waiting.shift();
      if (waiting !== undefined) void this.#serve(child, waiting);
    }
  }

  async #serve(child: PooledChild, waiting: Waiting): Promise<void> {
    let deadline: NodeJS.Timeout | undefined;
    const killAfter = (ms: number, error: ChildError) => {
      clearTimeout(deadline);
      deadline = setTimeout(() => child.end(error), ms);
    };
    const onAbort = () => killAfter(Math.min(abandonedMs, waiting.timeoutMs), new ChildError('died', 'abandoned'));
    waiting.signal.addEventListener('abort', onAbort, { once: true });
    try {
      await child.started;
      if (!waiting.signal.aborted) {
        const seconds = Math.round(waiting.timeoutMs / 100) / 10;
        killAfter(waiting.timeoutMs, new ChildError('timed_out', `no answer within ${seconds} s`));
      }
      waiting.resolve(await child.run(waiting.request));
    } catch (error) {
      waiting.reject(error);
    } finally {
      clearTimeout(deadline);
      waiting.signal.removeEventListener('abort', onAbort);
      this.#putBack(child);
      this.#dispatch();
    }
  }

  #takeChild(): PooledChild | undefined {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      clearTimeout(idle.timer);
      idle.child.endIfGone();
      if (idle.child.isAlive) return idle.child;
    }
    const living = [...this.#children].filter((child) => child.isAlive).length;
    return living < this.#options.size ? this.#startChild() : undefined;
  }

  #putBack(child: PooledChild): void {
    if (child.isAlive && child.isBloated) child.end(new ChildError('died', 'replaced after growing large'));
    if (!child.isAlive) return;
    const { idleTimeoutMs } = this.#options;
    const endIdle = () => child.end(new ChildError('died', 'ended while idle'));
    this.#idle.push({ child, timer: idleTimeoutMs === undefined ? undefined : setTimeout(endIdle, idleTimeoutMs) });
  }

  #startChild(): PooledChild {
    const { modulePath, argv = [], env = {}, execArgv = [], priority = 19, maxMemoryMb, logger } = this.#options;
    const child: PooledChild = new PooledChild({
      modulePath,
      argv,
      env,
      execArgv: [`--max-old-space-size=${maxMemoryMb}`, ...execArgv],
      priority,
      maxMemoryMb,
      logger,
      onExit: () => {
        this.#children.delete(child);
        this.#dispatch();
      },
    });
    this.#children.add(child);
    return child;
  }
}
