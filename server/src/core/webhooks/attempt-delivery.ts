import { OutboundFailure, type OutboundHttp, type OutboundStream } from '../outbound/index.ts';
import { withoutSecrets } from '../shared/index.ts';
import { isDelivered } from './delivery-health.ts';
import { parseRetryAfter } from './retry-plan.ts';
import { signatureHeaders } from './sign-message.ts';

/** Until the receiver's status must be there. */
const answerWithinMs = 15_000;
/** The status decides; of the body only its beginning is kept, and nobody waits long for it. */
const bodyWithinMs = 1_000;
const keptBytes = 1_024;

export interface AttemptInput {
  readonly url: string;
  /** As it is signed and sent: `msg_…`. */
  readonly messageId: string;
  readonly body: string;
  readonly secrets: readonly string[];
}

export interface AttemptResult {
  readonly at: Date;
  /** 0: there was no answer. */
  readonly statusCode: number;
  readonly response: string | null;
  readonly durationMs: number;
  readonly retryAfterMs?: number;
}

/**
 * Sends a message once. Redirects are answers, not followed: a receiver that moved is to be changed by its owner.
 *
 * @throws only when `signal` is aborted
 */
export async function attemptDelivery(
  http: OutboundHttp,
  input: AttemptInput,
  signal: AbortSignal,
): Promise<AttemptResult> {
  const at = new Date();
  const started = performance.now();
  const durationMs = () => Math.round(performance.now() - started);
  try {
    const answer = await http.stream({
      url: input.url,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Weft-Webhooks',
        ...signatureHeaders(input.secrets, { id: input.messageId, at, body: input.body }),
      },
      body: input.body,
      timeoutMs: answerWithinMs,
      maxRedirects: 0,
      signal,
    });
    const response = presentable(await readBeginning(answer), input.secrets);
    const retryAfterMs = isDelivered(answer.status)
      ? undefined
      : parseRetryAfter(answer.headers['retry-after'], new Date());
    return {
      ...{ at, statusCode: answer.status, response, durationMs: durationMs() },
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  } catch (error) {
    if (signal.aborted) throw error;
    if (!(error instanceof OutboundFailure)) throw error;
    return { at, statusCode: 0, response: presentable(error.message, input.secrets), durationMs: durationMs() };
  }
}

async function readBeginning(answer: OutboundStream): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const late = setTimeout(() => void answer.cancel(), bodyWithinMs);
  try {
    for await (const part of answer.body) {
      parts.push(part.subarray(0, keptBytes - size));
      size += part.length;
      if (size >= keptBytes) break;
    }
  } catch {
    // Whatever befell the body: the receiver has said what it had to say by its status.
  } finally {
    clearTimeout(late);
    await answer.cancel();
  }
  return Buffer.concat(parts).toString('utf8');
}

/** A receiver may send back what it got; its owner knows the secret, but whoever reads along need not. */
function presentable(text: string, secrets: readonly string[]): string | null {
  const clean = secrets.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), withoutSecrets(text));
  const storable = clean.replaceAll('\0', '').toWellFormed().slice(0, keptBytes).toWellFormed();
  return storable === '' ? null : storable;
}
