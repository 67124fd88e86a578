import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ParsedText } from '../parsed-text.ts';

/** A picture that expands to more pixels than this takes gigabytes to recognise. */
const maxPixels = 60_000_000;
/** Icons and bullets hold no text. */
const minSidePixels = 40;
/** Share, in percent, of how sure the recognition must be of a word's paragraph; photographs give noise below it. */
const minConfidence = 50;

interface TextReader {
  /** @returns recognised text, in paragraphs; empty when there is none or the picture is too large or small */
  read(image: Buffer): Promise<string>;
  close(): Promise<void>;
}

/** Optical character recognition by Tesseract with the language data that npm brings: nothing is fetched or written. */
export async function createTextReader(): Promise<TextReader> {
  const { createWorker } = await import('tesseract.js');
  const data = dirname(createRequire(import.meta.url).resolve('@tesseract.js-data/eng/package.json'));
  const lstmOnly = 1;
  const worker = await createWorker('eng', lstmOnly, {
    langPath: join(data, '4.0.0_best_int'),
    gzip: true,
    cacheMethod: 'none',
    errorHandler: () => undefined,
  });
  return {
    read: async (image) => {
      const size = sizeOf(image);
      if (size === undefined) throw new Error('no size in the header of the picture');
      if (size.width * size.height > maxPixels) return '';
      if (size.width < minSidePixels || size.height < minSidePixels) return '';
      const { data: result } = await worker.recognize(image, {}, { text: true, blocks: true });
      const paragraphs = (result.blocks ?? []).flatMap((block) => block.paragraphs);
      return paragraphs
        .filter(({ confidence }) => confidence >= minConfidence)
        .map(({ text }) =>
          text
            .trim()
            .replace(/-\n(?=\p{Ll})/gu, '')
            .replace(/\n/g, ' '),
        )
        .join('\n\n');
    },
    close: async () => {
      await worker.terminate();
    },
  };
}

export async function parseImage(bytes: Buffer): Promise<ParsedText> {
  const reader = await createTextReader();
  try {
    return { markdown: await reader.read(bytes) };
  } finally {
    await reader.close();
  }
}

/** Width and height as the headers of PNG (IHDR) and JPEG (SOFn) say. */
function sizeOf(image: Buffer): { readonly width: number; readonly height: number } | undefined {
  if (image.length > 24 && image.toString('latin1', 12, 16) === 'IHDR') {
    return { width: image.readUInt32BE(16), height: image.readUInt32BE(20) };
  }
  for (let offset = 2; offset + 9 < image.length && image[offset] === 0xff; ) {
    const marker = image[offset + 1] ?? 0;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { width: image.readUInt16BE(offset + 7), height: image.readUInt16BE(offset + 5) };
    offset += 2 + image.readUInt16BE(offset + 2);
  }
  return undefined;
}
