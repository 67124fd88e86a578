import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import {
  askedWaitMs,
  type SourceAnswer,
  SourceError,
  type SourceHttp,
  type SourceRequest,
  saysLimit,
} from '../../connector-kit/index.ts';
import {
  OutboundFailure,
  type OutboundHttp,
  type OutboundRequest,
  type SourceHttpFactory,
} from '../../core/outbound/index.ts';
import type { SourceRateLimiter } from '../../core/quotas/index.ts';
import { Pacer } from './pacer.ts';

export interface SourceHttpOptions {
  readonly outbound: OutboundHttp;
  /** What organisations set themselves, beside the pace that a source's documentation gives. */
  readonly limiter?: SourceRateLimiter;
  /** How long to wait before the first repetition; it doubles. For tests; default 1 s. */
  readonly firstWaitMs?: number;
}

const defaultTimeoutMs = 60_000;
const defaultMaxBytes = 32 * 1024 * 1024;
/** The run waits longer pauses out itself, and holds no worker for them. */
const longestWaitMs = 20_000;
const maxTries = 4;
/** Pacers of connections that are asked no more are forgotten, oldest first. */
const maxPacers = 1_000;

type Exchange = Parameters<SourceHttpFactory['open']>[0];

/** Carries connectors' requests; see the port `SourceHttp`. One for the whole process, so that connections share what they must. */
export function createSourceHttpFactory({
  outbound,
  limiter,
  firstWaitMs = 1_000,
}: SourceHttpOptions): SourceHttpFactory {
  const pacers = new Map<string, Pacer>();

  function pacerOf({ source, connection, pace }: Exchange): Pacer | undefined {
    if (pace === undefined) return undefined;
    const key = pace.sharedBy === 'all' ? source : `${source} ${connection ?? ''}`;
    const pacer = pacers.get(key) ?? new Pacer(pace);
    pacers.delete(key);
    pacers.set(key, pacer);
    const [oldest] = pacers.keys();
    if (pacers.size > maxPacers && oldest !== undefined) pacers.delete(oldest);
    return pacer;
  }

  return {
    open(exchange) {
      const pacer = pacerOf(exchange);
      const who = exchange.connection ?? 'unsaved';

      async function waitForTurn(signal: AbortSignal): Promise<void> {
        await pacer?.pass(who, signal);
        const { scope, source, connection } = exchange;
        if (limiter === undefined || scope === undefined || connection === undefined) return;
        for (;;) {
          const waitMs = await limiter.take(scope, source, connection);
          if (waitMs === 0) return;
          if (waitMs > longestWaitMs) {
            const message = 'The limit that your organisation set for this source is reached.';
            throw new SourceError('rate_limited', message, { retryAfterMs: waitMs });
          }
          await delay(waitMs, undefined, { signal });
        }
      }

      /** @param read takes what is needed of an answer; called for every answer, so it must not leave a body open */
      async function sendPatiently<A extends Omit<SourceAnswer, 'body'>>(
        request: SourceRequest,
        sendOnce: () => Promise<A>,
        textOf: (answer: A) => string,
        discard: (answer: A) => void,
      ): Promise<A> {
        const { method, route, signal } = request;
        for (let tries = 0; ; tries += 1) {
          await waitForTurn(signal);
          const startedAt = performance.now();
          const note = (status: number | null) =>
            exchange.onCall?.({ method, route, status, tries, ms: Math.round(performance.now() - startedAt) });
          let answer: A;
          try {
            answer = await sendOnce();
          } catch (error) {
            note(null);
            signal.throwIfAborted();
            const isLost =
              error instanceof OutboundFailure && (error.kind === 'unreachable' || error.kind === 'timed_out');
            if (!isLost || !request.isRepeatable || tries + 1 >= maxTries) throw toSourceError(error);
            await delay(growing(tries), undefined, { signal });
            continue;
          }
          note(answer.status);
          const isLimit = saysLimit({ ...answer, text: textOf(answer) });
          const isOutOfOrder = answer.status >= 500 || answer.status === 408;
          if (!isLimit && !isOutOfOrder) return answer;
          discard(answer);
          const askedMs = askedWaitMs(answer.headers, Date.now());
          const waitMs = Math.max(askedMs ?? 0, growing(tries));
          // What was refused for its number was not done, so it may be sent again whatever it is.
          const mayRepeat = isLimit || request.isRepeatable;
          if (!mayRepeat || tries + 1 >= maxTries || waitMs > longestWaitMs) {
            throw isLimit
              ? new SourceError('rate_limited', 'The source says that it was asked too often.', {
                  status: answer.status,
                  retryAfterMs: waitMs,
                })
              : new SourceError('source', `The source answered ${route} with status ${answer.status}.`, {
                  status: answer.status,
                  ...(askedMs === undefined ? {} : { retryAfterMs: askedMs }),
                });
          }
          await delay(waitMs, undefined, { signal });
        }
      }

      /** Doubles, by chance between the half and the whole, so that those who failed together do not come back together. */
      function growing(tries: number): number {
        return firstWaitMs * 2 ** tries * (0.5 + Math.random() / 2);
      }

      const http: SourceHttp = {
        send: (request) =>
          sendPatiently(
            request,
            () => outbound.send({ ...toOutbound(request), maxBytes: request.maxBytes ?? defaultMaxBytes }),
            ({ body }) => Buffer.from(body.subarray(0, 2_000)).toString(),
            () => undefined,
          ),
        async open(request) {
          const answer = await sendPatiently(
            request,
            () => outbound.stream(toOutbound(request)),
            () => '',
            ({ cancel }) => void cancel(),
          );
          return { status: answer.status, headers: answer.headers, body: toReadable(answer.body) };
        },
      };
      return http;
    },
  };
}

function toOutbound({
  method,
  url,
  headers,
  body,
  timeoutMs = defaultTimeoutMs,
  signal,
}: SourceRequest): OutboundRequest {
  return { method, url, headers, timeoutMs, signal, ...(body === undefined ? {} : { body }) };
}

/** A file that breaks off is this file's failure, to be tried again in a later run. */
function toReadable(body: AsyncIterable<Uint8Array>): Readable {
  return Readable.from(
    (async function* () {
      try {
        yield* body;
      } catch (error) {
        throw toSourceError(error, 'entity');
      }
    })(),
    { objectMode: false },
  );
}

function toSourceError(error: unknown, kind: 'source' | 'entity' = 'source'): unknown {
  if (!(error instanceof OutboundFailure) || error.kind === 'aborted') return error;
  return new SourceError(error.kind === 'refused' ? 'configuration' : kind, error.message, { cause: error });
}
