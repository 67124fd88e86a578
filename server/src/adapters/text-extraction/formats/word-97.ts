import WordExtractor from 'word-extractor';
import type { ParsedText } from '../parsed-text.ts';

/** Word's binary format of 1997 to 2003: its text in paragraphs, then its notes; structure is not recorded as such. */
export async function parseWord97(bytes: Buffer): Promise<ParsedText> {
  const document = await new WordExtractor().extract(bytes);
  const parts = [document.getBody(), document.getFootnotes(), document.getEndnotes(), document.getAnnotations()];
  return {
    markdown: parts
      .map((part) => part.trim().replace(/\n+/g, '\n\n'))
      .filter((part) => part !== '')
      .join('\n\n'),
  };
}
