import type { ParsedText } from '../parsed-text.ts';
import { type DocumentNode, documentToMarkdown } from './document-to-markdown.ts';
import { createTextReader } from './image.ts';
import { readOfficeFile } from './office.ts';

const pdfConfig = { separateProcess: false, extractTextColor: false } as const;
/** A page with less text than this is taken for a picture of a page. */
const minPageCharacters = 20;
const maxScannedPages = 200;
/** Recognition stops here, with what it has, rather than run into the time limit and have nothing. */
const scanBudgetMs = 40_000;

/** A PDF's text by its tags or its layout; pages that are pictures are read by optical character recognition where that is on. */
export async function parsePdf(bytes: Buffer, readScans: boolean): Promise<ParsedText> {
  const { nodes, title } = await readOfficeFile(bytes, 'pdf', { pdfParserConfig: pdfConfig, ignorePageGeometry: true });
  const pages = nodes.filter((node) => node.type === 'page');
  // The parser repairs what it can; a file without a single page was beyond that.
  if (pages.length === 0) throw new Error('no pages');
  const scanned = pages
    .filter((page) => textLength(page) < minPageCharacters)
    .map((page) => page.metadata?.pageNumber ?? 0);
  const titled = title === undefined ? {} : { title };
  if (!readScans || scanned.length === 0) return { markdown: documentToMarkdown(nodes), ...titled };

  const { texts, isTruncated } = await readScannedPages(bytes, scanned);
  const merged = nodes.map((node) => {
    const text = texts.get(node.metadata?.pageNumber ?? 0);
    return text === undefined ? node : { ...node, children: [...(node.children ?? []), { type: 'paragraph', text }] };
  });
  return { markdown: documentToMarkdown(merged), isTruncated, ...titled };
}

async function readScannedPages(
  bytes: Buffer,
  pageNumbers: readonly number[],
): Promise<{ readonly texts: ReadonlyMap<number, string>; readonly isTruncated: boolean }> {
  const texts = new Map<number, string>();
  const until = Date.now() + scanBudgetMs;
  const reader = await createTextReader();
  try {
    // Page by page: the pictures of a whole book would not fit into memory.
    for (const [index, page] of pageNumbers.entries()) {
      if (index >= maxScannedPages || Date.now() > until) return { texts, isTruncated: true };
      const { attachments } = await readOfficeFile(bytes, 'pdf', {
        pdfParserConfig: { ...pdfConfig, pageRange: String(page) },
        extractAttachments: true,
      });
      const found: string[] = [];
      for (const { data } of attachments) found.push(await reader.read(Buffer.from(data, 'base64')));
      const text = found.join('\n').trim();
      if (text !== '') texts.set(page, text);
    }
    return { texts, isTruncated: false };
  } finally {
    await reader.close();
  }
}

function textLength(node: DocumentNode): number {
  return (node.text ?? '').replace(/\s+/g, '').length;
}
