import { AppError } from '../../core/shared/index.ts';

/*
 * The part of the tar format (POSIX ustar, with GNU's sizes over 8 GB) that a backup needs, so that `tar -xf` opens one.
 * Nothing but plain files; names are ASCII.
 */

export const blockBytes = 512;
const maxName = 100;
const maxPrefix = 155;

export function tarHeader(name: string, sizeBytes: number, modifiedAt: Date): Buffer {
  const block = Buffer.alloc(blockBytes);
  const { prefix, rest } = splitName(name);
  block.write(rest, 0, 'latin1');
  block.write('0000600\0', 100, 'latin1');
  block.write('0000000\0', 108, 'latin1');
  block.write('0000000\0', 116, 'latin1');
  writeSize(block, sizeBytes);
  block.write(
    `${Math.floor(modifiedAt.getTime() / 1000)
      .toString(8)
      .padStart(11, '0')}\0`,
    136,
    'latin1',
  );
  block.write('0', 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.write(prefix, 345, 'latin1');
  block.write(`${checksumOf(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** Zeros that fill a content of this size up to whole blocks. */
export function tarPadding(sizeBytes: number): Buffer {
  return Buffer.alloc((blockBytes - (sizeBytes % blockBytes)) % blockBytes);
}

export const tarEnd = Buffer.alloc(2 * blockBytes);

export interface TarEntry {
  readonly name: string;
  readonly sizeBytes: number;
  /** To be read wholly, before the next entry, or not at all. */
  readonly content: AsyncIterable<Buffer>;
}

/** @throws AppError('invalid_request') when it is no tar file, or is cut off */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const bytes = new ByteReader(source);
  for (;;) {
    const header = Buffer.concat(await Array.fromAsync(bytes.take(blockBytes)));
    if (header.every((byte) => byte === 0)) return;
    const entry = parseHeader(header);
    let isTaken = false;
    async function* content(): AsyncGenerator<Buffer> {
      isTaken = true;
      yield* bytes.take(entry.sizeBytes);
    }
    yield { ...entry, content: content() };
    if (!isTaken) for await (const _ of bytes.take(entry.sizeBytes));
    for await (const _ of bytes.take(tarPadding(entry.sizeBytes).length));
  }
}

function splitName(name: string): { readonly prefix: string; readonly rest: string } {
  if (name.length <= maxName) return { prefix: '', rest: name };
  const at = name.indexOf('/', name.length - maxName - 1);
  if (at === -1 || at > maxPrefix) throw new AppError('internal', `'${name}' is too long for a backup`);
  return { prefix: name.slice(0, at), rest: name.slice(at + 1) };
}

const maxOctalSize = 8 ** 11 - 1;
const sizeAt = 124;

function writeSize(block: Buffer, sizeBytes: number): void {
  if (sizeBytes <= maxOctalSize) {
    block.write(`${sizeBytes.toString(8).padStart(11, '0')}\0`, sizeAt, 'latin1');
    return;
  }
  block[sizeAt] = 0x80;
  block.writeBigUInt64BE(BigInt(sizeBytes), sizeAt + 4);
}

function parseHeader(block: Buffer): Omit<TarEntry, 'content'> {
  const text = (start: number, length: number) => block.toString('latin1', start, start + length).replace(/\0.*$/s, '');
  const isUstar = text(257, 5) === 'ustar' && Number.parseInt(text(148, 8), 8) === checksumOf(block);
  const isBinary = block[sizeAt] === 0x80;
  const sizeBytes = isBinary ? Number(block.readBigUInt64BE(sizeAt + 4)) : Number.parseInt(text(sizeAt, 12), 8);
  if (!isUstar || text(156, 1) !== '0' || !Number.isSafeInteger(sizeBytes)) throw damaged();
  const prefix = text(345, maxPrefix);
  return { name: prefix === '' ? text(0, maxName) : `${prefix}/${text(0, maxName)}`, sizeBytes };
}

/** The sum of a header's bytes, its own field counted as spaces. */
function checksumOf(block: Buffer): number {
  let sum = 0;
  for (const [at, byte] of block.entries()) sum += at >= 148 && at < 156 ? 0x20 : byte;
  return sum;
}

class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** Exactly this many bytes, as they come. */
  async *take(count: number): AsyncGenerator<Buffer> {
    let missing = count;
    while (missing > 0) {
      if (this.#rest.length === 0) {
        const next = await this.#chunks.next();
        if (next.done === true) throw damaged();
        this.#rest = next.value;
      }
      const part = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(part.length);
      missing -= part.length;
      yield part;
    }
  }
}

/** What is told of every file that is not a whole backup. */
export function damaged(cause?: unknown): AppError {
  return new AppError(
    'invalid_request',
    'The file is not a whole backup of Weft: it is cut off or damaged. Take another one.',
    cause === undefined ? {} : { cause },
  );
}
