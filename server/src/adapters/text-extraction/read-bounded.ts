import { open } from 'node:fs/promises';
import { ExtractError } from '../../core/sync/text-extractor.ts';
import { formatByName, isCharacterFormat } from './text-format.ts';

/** A whole document of a binary format has to be in memory to be parsed. */
const maxBinaryBytes = 200 * 1024 * 1024;
/** Markup is several times larger than the text in it. */
const markupFactor = 5;

/**
 * A file's bytes: all of them, or of a longer text file the beginning.
 *
 * @throws ExtractError `too_large` for other files over 200 MB
 */
export async function readBounded(
  path: string,
  name: string,
  maxTextBytes: number,
): Promise<{ readonly bytes: Buffer; readonly isCut: boolean }> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const format = formatByName(name);
    const isText = format !== undefined && isCharacterFormat(format);
    if (!isText && size > maxBinaryBytes) {
      const megabytes = Math.round(size / 1024 / 1024);
      throw new ExtractError('too_large', `The file has ${megabytes} MB; files of this kind are read up to 200 MB.`);
    }
    const plain = format === 'text' || format === 'markdown' || format === 'code';
    const wanted = isText ? Math.min(size, plain ? maxTextBytes : maxTextBytes * markupFactor) : size;
    const bytes = Buffer.allocUnsafe(wanted);
    let filled = 0;
    while (filled < wanted) {
      const { bytesRead } = await file.read(bytes, filled, wanted - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return { bytes: bytes.subarray(0, filled), isCut: wanted < size };
  } finally {
    await file.close();
  }
}
