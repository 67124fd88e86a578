import { ModelFailure } from './model-failure.ts';

/**
 * A `fetch` for the providers of the SDK, which read whole bodies whatever their size: this one gives up at a limit, and
 * does not follow redirects, which would carry keys and questions to another host.
 *
 * @returns a function that throws ModelFailure('too_large' | 'cut' | 'unreachable'); the signal's reason when it is aborted
 */
export function createBoundedFetch(maxBytes: number): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, { ...init, redirect: 'manual' });
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel();
      throw new ModelFailure('unreachable', 'The address answers with a redirect.', { said: 'redirect' });
    }
    const body = await readBounded(response, maxBytes, init?.signal ?? undefined);
    const { status, statusText, headers } = response;
    return new Response(status === 204 ? null : body, { status, statusText, headers });
  };
}

async function readBounded(response: Response, maxBytes: number, signal: AbortSignal | undefined): Promise<Blob> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  try {
    for await (const piece of response.body ?? []) {
      size += piece.byteLength;
      if (size > maxBytes) break; // which cancels the body
      pieces.push(piece);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw new ModelFailure('cut', 'The connection broke in the middle of the answer.', { cause: error });
  }
  if (size > maxBytes) {
    throw new ModelFailure('too_large', `The answer is larger than ${maxBytes} bytes.`);
  }
  return new Blob(pieces);
}
