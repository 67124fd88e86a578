import { pipeline, Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { OutboundFailure } from '../../core/outbound/index.ts';

/** What we can read, for `Accept-Encoding`. */
export const acceptedEncodings = 'gzip, deflate, br';

/** Servers use one; two happen behind a proxy; more is an attempt to multiply. */
const maxEncodings = 2;

/**
 * The body as it was before the server compressed it, in pieces of at most 64 KiB whatever it expands to.
 *
 * @param encodings `Content-Encoding`, in the order in which they were applied
 * @throws OutboundFailure('unreachable') for an encoding that was not offered; zlib's errors while reading
 */
export async function* decodeBody(
  body: AsyncIterable<Uint8Array>,
  encodings: string | undefined,
): AsyncGenerator<Uint8Array> {
  const names = (encodings ?? '').split(',').map((name) => name.trim().toLowerCase());
  const applied = names.filter((name) => name !== '' && name !== 'identity');
  if (applied.length > maxEncodings) throw new OutboundFailure('unreachable', 'The answer is compressed too often.');
  const pieces = body[Symbol.asyncIterator]();
  const first = await pieces.next();
  // Some answers say that they are compressed and are empty, which is no valid gzip.
  if (first.done === true) return;
  yield* applied.reduceRight(decompress, putBack(first.value, pieces));
}

async function* putBack(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

async function* decompress(body: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<Uint8Array> {
  const pieces = body[Symbol.asyncIterator]();
  const first = await pieces.next();
  if (first.done === true) return;
  const decoder = createDecoder(encoding, first.value);
  // The error reaches the reader through the decoder, which `pipeline` destroys with it.
  pipeline(Readable.from(putBack(first.value, pieces), { objectMode: false }), decoder, () => undefined);
  yield* decoder;
}

function createDecoder(encoding: string, first: Uint8Array) {
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip();
  if (encoding === 'br') return createBrotliDecompress();
  if (encoding === 'deflate') {
    // The standard means zlib's format; some servers send the bare one. zlib's begins with 8 in the low half of its first byte.
    return ((first[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw();
  }
  throw new OutboundFailure('unreachable', 'The answer is compressed in a way that was not asked for.');
}
