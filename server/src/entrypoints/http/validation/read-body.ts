import { AppError } from '../../../core/shared/index.ts';

/** @throws AppError('too_large') when the announced length is over the limit; before anything else is looked at */
export function checkContentLength(request: Request, maxBytes: number): void {
  const announced = Number(request.headers.get('content-length') ?? 0);
  if (announced > maxBytes) throw tooLarge(maxBytes);
}

/**
 * Reads a whole body, counting: a length need not be announced, and need not be true.
 *
 * @throws AppError('too_large') once more than `maxBytes` have arrived; the rest is not read
 */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  // Node's parser hands over no more than the announced length, so the quick way is safe when there is one.
  if (request.headers.has('content-length')) return new Uint8Array(await request.arrayBuffer());
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.byteLength;
    if (length > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('too_large', `The request body is too large: at most ${maxBytes} bytes are accepted.`);
}

/** The media type of a request without its parameters, in lower case; empty when it has none. */
export function mediaTypeOf(request: Request): string {
  return (request.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** A body without a type counts as JSON. */
export function isJson(mediaType: string): boolean {
  return mediaType === '' || mediaType === 'application/json' || /^application\/[^/]+\+json$/.test(mediaType);
}
