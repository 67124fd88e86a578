import { isAppError } from '../../../core/shared/index.ts';

/** Something the server needs, asked each time readiness is. */
export interface ReadinessCheck {
  readonly name: string;
  /** Without it the server is not ready; others are only reported. */
  readonly isCritical: boolean;
  /** Rejects when it is down. */
  readonly check: () => Promise<void>;
}

export interface Readiness {
  readonly checks: readonly ReadinessCheck[];
  readonly isShuttingDown: () => boolean;
}

export interface CheckResult {
  readonly status: 'up' | 'down' | 'skipped';
  readonly latency_ms: number | null;
  /** A word, never the message: this is told to anyone who asks. */
  readonly error: string | null;
}

export interface ReadinessReport {
  readonly isReady: boolean;
  readonly checks: Readonly<Record<string, CheckResult>>;
}

const checkTimeoutMs = 5_000;

/** Runs all checks at once, each for 5 s at most. */
export async function checkReadiness({ checks, isShuttingDown }: Readiness): Promise<ReadinessReport> {
  if (isShuttingDown()) {
    const skipped: CheckResult = { status: 'skipped', latency_ms: null, error: null };
    return { isReady: false, checks: Object.fromEntries(checks.map(({ name }) => [name, skipped])) };
  }
  const results = await Promise.all(checks.map(async (check) => ({ ...check, result: await runCheck(check) })));
  return {
    isReady: results.every(({ isCritical, result }) => result.status === 'up' || !isCritical),
    checks: Object.fromEntries(results.map(({ name, result }) => [name, result])),
  };
}

async function runCheck({ check }: ReadinessCheck): Promise<CheckResult> {
  const startedAt = performance.now();
  const latency = () => Math.round((performance.now() - startedAt) * 100) / 100;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(() => resolve('timeout'), checkTimeoutMs);
  });
  try {
    const outcome = await Promise.race([check(), timeout]);
    if (outcome === 'timeout') return { status: 'down', latency_ms: latency(), error: 'timeout' };
    return { status: 'up', latency_ms: latency(), error: null };
  } catch (error) {
    return { status: 'down', latency_ms: latency(), error: nameFailure(error) };
  } finally {
    clearTimeout(timer);
  }
}

function nameFailure(error: unknown): string {
  const cause = isAppError(error) ? (error.cause ?? error) : error;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return code === 'ECONNREFUSED' || code === 'ENOENT' ? 'connection_refused' : 'unavailable';
}
