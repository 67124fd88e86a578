import { chunkMarkdown } from '../../core/sync/chunk-markdown.ts';
import { ExtractError, type Extracted, type ExtractInput } from '../../core/sync/text-extractor.ts';
import { cleanText } from './clean-text.ts';
import { decodeText } from './decode-text.ts';
import { detectFormat } from './detect-format.ts';
import { fence } from './formats/code.ts';
import { parseCsv } from './formats/csv.ts';
import { decodeHtml, parseHtml } from './formats/html.ts';
import { parseJson } from './formats/json.ts';
import { parseXml } from './formats/xml.ts';
import type { ParsedText, ParseInput } from './parsed-text.ts';
import { readBounded } from './read-bounded.ts';
import { extensionOf, languageOf, type TextFormat } from './text-format.ts';

export interface ExtractLimits {
  readonly disabledFormats: readonly string[];
  /** UTF-8 bytes of text that are kept of a document. */
  readonly maxTextBytes: number;
  readonly maxTokens: number;
  readonly overlapTokens: number;
}

/** A file to its passages: recognise, parse to Markdown, clean, cut. Runs in a child process. */
export async function extractText(
  input: ExtractInput,
  limits: ExtractLimits,
  countTokens: (text: string) => number,
): Promise<Extracted> {
  const parsed = await parseInput(input, limits);
  const cleaned = cleanText(parsed.markdown);
  const { text, isCut } = cutText(cleaned.text, limits.maxTextBytes);
  const hiddenCharacters = cleaned.hiddenCharacters + (parsed.hiddenCharacters ?? 0);
  const { maxTokens, overlapTokens } = limits;
  const title = cleanText(parsed.title ?? '')
    .text.replace(/\s+/g, ' ')
    .slice(0, 500)
    .trim();
  return {
    passages: chunkMarkdown(text, { countTokens, maxTokens, overlapTokens, name: input.name }),
    isTruncated: isCut || parsed.isTruncated === true,
    ...(hiddenCharacters === 0 ? {} : { hiddenCharacters }),
    ...(title === '' ? {} : { title }),
  };
}

async function parseInput(input: ExtractInput, limits: ExtractLimits): Promise<ParsedText> {
  if (input.kind === 'markdown') return parseMarkdown(input.text);
  const { bytes, isCut } = await readBounded(input.path, input.name, limits.maxTextBytes);
  const parsed = await parseFile(
    { bytes, name: input.name, ...(input.mimeType === undefined ? {} : { mimeType: input.mimeType }) },
    limits,
    0,
  );
  return { ...parsed, isTruncated: isCut || parsed.isTruncated === true };
}

interface File {
  readonly bytes: Buffer;
  readonly name: string;
  readonly mimeType?: string;
}

async function parseFile(file: File, limits: ExtractLimits, depth: number): Promise<ParsedText> {
  const { bytes, name, mimeType } = file;
  if (bytes.length === 0) return { markdown: '' };
  const isEnabled = (format: TextFormat) => !limits.disabledFormats.includes(format);
  const format = detectFormat(bytes, name, mimeType) ?? 'text';
  if (!isEnabled(format)) throw new ExtractError('unsupported', `Reading of ${format} files is switched off.`);
  const parseInner: ParseInput['parseInner'] = (inner) => parseFile(inner, limits, depth + 1);
  try {
    return await parseFormat(format, { bytes, name, depth, isEnabled, parseInner });
  } catch (error) {
    if (error instanceof ExtractError) throw error;
    // Parsers' own messages may quote the document, so the reason is ours and theirs stays the cause.
    throw new ExtractError('malformed', `The file could not be read as ${format}; it may be damaged.`, {
      cause: error,
    });
  }
}

async function parseFormat(format: TextFormat, input: ParseInput): Promise<ParsedText> {
  const { bytes, name } = input;
  switch (format) {
    case 'markdown':
      return parseMarkdown(textOf(input));
    case 'html':
      return parseHtml(decodeHtml(bytes) ?? notText(name));
    case 'csv':
      return parseCsv(textOf(input));
    case 'json':
      return parseJson(textOf(input));
    case 'xml':
      return parseXml(textOf(input), extensionOf(name) === 'svg');
    case 'code':
      return { markdown: fence(textOf(input), languageOf(name) ?? '') };
    case 'text':
      return { markdown: textOf(input) };
    case 'pdf':
    case 'scanned-pdf':
      return (await import('./formats/pdf.ts')).parsePdf(bytes, input.isEnabled('scanned-pdf'));
    case 'xlsx':
      return (await import('./formats/office.ts')).parseWorkbook(bytes);
    case 'image':
      return (await import('./formats/image.ts')).parseImage(bytes);
    case 'doc':
      return (await import('./formats/word-97.ts')).parseWord97(bytes);
    case 'email':
      return (await import('./formats/email.ts')).parseEmail(input);
    default:
      return (await import('./formats/office.ts')).parseOfficeFile(bytes, format);
  }
}

/** Comments are not shown by any reader of Markdown, which makes them a place to hide text in. */
function parseMarkdown(text: string): ParsedText {
  const markdown = withoutComments(text);
  return { markdown, hiddenCharacters: text.length - markdown.length };
}

function withoutComments(text: string): string {
  const parts: string[] = [];
  let at = 0;
  for (let start = text.indexOf('<!--'); start >= 0; start = text.indexOf('<!--', at)) {
    const end = text.indexOf('-->', start + 4);
    if (end < 0) break;
    parts.push(text.slice(at, start));
    at = end + 3;
  }
  return parts.length === 0 ? text : parts.join('') + text.slice(at);
}

function textOf({ bytes, name }: ParseInput): string {
  return decodeText(bytes) ?? notText(name);
}

function notText(name: string): never {
  if (extensionOf(name) === '' || languageOf(name) !== undefined) {
    throw new ExtractError('unsupported', 'The file is binary, of a kind that is not read.');
  }
  throw new ExtractError(
    'unsupported',
    `The file's contents are binary; ${extensionOf(name)} files of this kind are not read.`,
  );
}

function cutText(text: string, maxBytes: number): { readonly text: string; readonly isCut: boolean } {
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return { text, isCut: false };
  const cut = new TextDecoder().decode(Buffer.from(text).subarray(0, maxBytes), { stream: true });
  return { text: cut, isCut: true };
}
