import chardet from 'chardet';

const sampleBytes = 64 * 1024;

/**
 * Bytes of unknown encoding to text: byte order mark, then the encoding that the document declares, UTF-8, UTF-16 by its
 * zero bytes, and at last a guess by letter statistics with Windows' Latin-1 as the fallback.
 *
 * @param declared an encoding that the document names for itself (`<meta charset>`), if any
 * @returns `undefined` for what is not text
 */
export function decodeText(bytes: Uint8Array, declared?: string): string | undefined {
  const marked = byByteOrderMark(bytes);
  if (marked !== undefined) return decode(bytes, marked) ?? undefined;
  const utf8 = decode(bytes, 'utf-8', true);
  if (utf8 !== undefined) return isBinary(bytes, 0.1) ? undefined : utf8;
  const sample = bytes.subarray(0, sampleBytes);
  const wide = byZeroBytes(sample);
  if (wide !== undefined) return decode(bytes, wide);
  if (isBinary(bytes, 0.02)) return undefined;
  const guessed = declared ?? chardet.detect(sample) ?? 'windows-1252';
  return decode(bytes, guessed) ?? decode(bytes, 'windows-1252');
}

function byByteOrderMark(bytes: Uint8Array): string | undefined {
  const [a, b, c] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  return a === 0xfe && b === 0xff ? 'utf-16be' : undefined;
}

/** UTF-16 of mostly Latin text has a zero in every second byte, always on the same side. */
function byZeroBytes(sample: Uint8Array): string | undefined {
  if (sample.length < 4 || sample.length % 2 === 1) return undefined;
  const zeros = [0, 0];
  for (const [index, byte] of sample.entries()) if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const half = sample.length / 2;
  if (odd > half * 0.4 && even < half * 0.02) return 'utf-16le';
  return even > half * 0.4 && odd < half * 0.02 ? 'utf-16be' : undefined;
}

/**
 * Whether control characters have more than this share. Text has next to none, compressed or executable bytes one in ten; what
 * is valid UTF-8 is hardly ever compressed, so that it may hold more of them.
 */
function isBinary(bytes: Uint8Array, share: number): boolean {
  const sample = bytes.subarray(0, sampleBytes);
  let controls = 0;
  for (const byte of sample) if (byte < 32 && !(byte >= 8 && byte <= 13) && byte !== 27) controls += 1;
  return controls > sample.length * share;
}

function decode(bytes: Uint8Array, encoding: string, fatal = false): string | undefined {
  try {
    // `stream` lets a character that was cut at the end pass, as happens where a long file is cut.
    return new TextDecoder(encoding, { fatal }).decode(bytes, { stream: true });
  } catch {
    // Not valid in this encoding, or an encoding unknown to the platform: the caller tries the next.
    return undefined;
  }
}
