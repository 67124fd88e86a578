import type { OfficeParserConfig, SupportedFileType } from 'officeparser';
import { ExtractError } from '../../../core/sync/text-extractor.ts';
import { archiveLimits } from '../check-archive.ts';
import { encrypted } from '../detect-format.ts';
import type { ParsedText } from '../parsed-text.ts';
import { type DocumentNode, documentToMarkdown } from './document-to-markdown.ts';
import { createDateReader } from './spreadsheet-dates.ts';

interface OfficeDocument {
  readonly title?: string;
  readonly nodes: readonly DocumentNode[];
  readonly attachments: readonly { readonly name: string; readonly data: string }[];
}

/** An Excel workbook: as other documents, with its dates as dates. */
export async function parseWorkbook(bytes: Buffer): Promise<ParsedText> {
  const { nodes, title } = await readOfficeFile(bytes, 'xlsx', { includeRawContent: true, serializeRawContent: false });
  const toDate = createDateReader(bytes);
  const dated = nodes.map((sheet) => ({
    ...sheet,
    children: (sheet.children ?? []).map((row) => ({
      ...row,
      children: (row.children ?? []).map((cell) => {
        const date = cell.rawContent === undefined ? undefined : toDate(cell.rawContent, cell.text ?? '');
        return date === undefined ? cell : { ...cell, text: date, children: [] };
      }),
    })),
  }));
  return { markdown: documentToMarkdown(dated), ...(title === undefined ? {} : { title }) };
}

/** Documents that officeparser reads: Word, PowerPoint, OpenDocument, RTF and EPUB. */
export async function parseOfficeFile(bytes: Buffer, format: SupportedFileType): Promise<ParsedText> {
  const { nodes, title } = await readOfficeFile(bytes, format);
  return { markdown: documentToMarkdown(nodes), ...(title === undefined ? {} : { title }) };
}

/** @throws ExtractError `encrypted`, `too_large`; anything else means a damaged file */
export async function readOfficeFile(
  bytes: Buffer,
  format: SupportedFileType,
  config: OfficeParserConfig = {},
): Promise<OfficeDocument> {
  // Takes 50 MB with its parsers: loaded with the first document, not with the process.
  const { OfficeParser } = await import('officeparser');
  try {
    const { content, metadata, attachments } = await OfficeParser.parseOffice(bytes, {
      fileType: format,
      ignoreHeadersAndFooters: true,
      ignoreSlideMasters: true,
      decompressionLimits: { maxUncompressedBytes: archiveLimits.maxBytes, maxZipEntries: archiveLimits.maxEntries },
      ...config,
    });
    // What we read of a node is a small part of officeparser's union, the same for each of its members.
    const nodes = content as readonly DocumentNode[];
    const title = metadata.title?.trim() ?? '';
    return { nodes, attachments, ...(title === '' || title === 'Untitled' ? {} : { title }) };
  } catch (error) {
    throw toExtractError(error);
  }
}

const encryptedCodes = ['PASSWORD_REQUIRED', 'PASSWORD_INCORRECT', 'DOCUMENT_DECRYPTION_FAILED'];
const tooLargeCodes = ['ZIP_ENTRY_COUNT_LIMIT_EXCEEDED', 'ZIP_SIZE_LIMIT_EXCEEDED', 'XML_ELEMENT_LIMIT_EXCEEDED'];

function toExtractError(error: unknown): unknown {
  const code = codeOf(error);
  if (encryptedCodes.includes(code)) return encrypted(error);
  if (tooLargeCodes.includes(code)) {
    return new ExtractError('too_large', 'The file would expand too far; it is left unread to protect the machine.', {
      cause: error,
    });
  }
  return error;
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('officeIssue' in error)) return '';
  const issue = error.officeIssue;
  return typeof issue === 'object' && issue !== null && 'code' in issue ? String(issue.code) : '';
}
