import { ExtractError } from '../../core/sync/text-extractor.ts';
import { readArchiveDirectory } from './check-archive.ts';
import { formatByMimeType, formatByName, isCharacterFormat, type TextFormat } from './text-format.ts';

const oleMagic = Buffer.from('d0cf11e0a1b11ae1', 'hex');
const zipMagic = Buffer.from('PK\u0003\u0004', 'latin1');
/** Names of streams in Microsoft's compound files are UTF-16. */
const encryptedPackage = Buffer.from('EncryptedPackage', 'utf16le');
const wordDocument = Buffer.from('WordDocument', 'utf16le');

const zipParts: readonly (readonly [part: string, format: TextFormat])[] = [
  ['word/document.xml', 'docx'],
  ['ppt/presentation.xml', 'pptx'],
  ['xl/workbook.xml', 'xlsx'],
];

const zipMimeTypes: Readonly<Record<string, TextFormat>> = {
  'application/vnd.oasis.opendocument.text': 'odt',
  'application/vnd.oasis.opendocument.spreadsheet': 'ods',
  'application/vnd.oasis.opendocument.presentation': 'odp',
  'application/epub+zip': 'epub',
};

/** Formats that are known by their first bytes: without them a file is not what its name says. */
const signedFormats: readonly TextFormat[] = [
  'pdf',
  'docx',
  'pptx',
  'xlsx',
  'odt',
  'ods',
  'odp',
  'rtf',
  'epub',
  'doc',
  'image',
];

/**
 * What a file is: by its first bytes where they tell, else by its name, else by the type that the source gave; what is left
 * may be plain text (`undefined`: only its characters can say).
 *
 * @throws ExtractError `unsupported`, `encrypted`, `malformed`, or `too_large` for archives that expand too far
 */
export function detectFormat(bytes: Buffer, name: string, mimeType?: string): TextFormat | undefined {
  const signed = bySignature(bytes, name);
  if (signed !== undefined) return signed;
  const named = formatByName(name) ?? formatByMimeType(mimeType);
  if (named !== undefined && signedFormats.includes(named)) {
    throw new ExtractError('malformed', `The file is named like ${named} but does not contain it; it may be damaged.`);
  }
  return named;
}

function bySignature(bytes: Buffer, name: string): TextFormat | undefined {
  const head = bytes.toString('latin1', 0, 1024);
  if (head.startsWith('PK\u0003\u0004')) return inArchive(bytes);
  if (bytes.subarray(0, 8).equals(oleMagic)) return inCompoundFile(bytes);
  if (head.startsWith('{\\rtf')) return 'rtf';
  if (head.startsWith('\u0089PNG\r\n\u001a\n') || head.startsWith('\u00ff\u00d8\u00ff')) return 'image';
  // Readers accept a PDF that starts within the first kilobyte; a text that mentions the mark is not one.
  const named = formatByName(name);
  const mark = head.indexOf('%PDF-');
  if (mark === 0 || (mark > 0 && (named === undefined || !isCharacterFormat(named)))) return 'pdf';
  return undefined;
}

function inArchive(bytes: Buffer): TextFormat {
  const entries = readArchiveDirectory(bytes);
  if (entries.some((entry) => entry.isEncrypted)) throw encrypted();
  const names = new Set(entries.map((entry) => entry.name));
  const found = zipParts.find(([part]) => names.has(part))?.[1] ?? zipMimeTypes[declaredType(bytes)];
  if (found !== undefined) return found;
  if (names.has('META-INF/container.xml')) return 'epub';
  throw new ExtractError(
    'unsupported',
    'Zip archives are not opened; connect the folder of their unpacked files instead.',
  );
}

/** OpenDocument and EPUB begin with an uncompressed entry `mimetype`, so that its text is at a fixed place. */
function declaredType(bytes: Buffer): string {
  if (!bytes.subarray(0, 4).equals(zipMagic) || bytes.toString('latin1', 30, 38) !== 'mimetype') return '';
  const start = 38 + bytes.readUInt16LE(28);
  const end = bytes.indexOf('PK', start, 'latin1');
  return bytes
    .toString('latin1', start, Math.min(end < 0 ? start : end, start + 100))
    .replace(/-template$/, '')
    .trim();
}

function inCompoundFile(bytes: Buffer): TextFormat {
  if (bytes.includes(encryptedPackage)) throw encrypted();
  if (bytes.includes(wordDocument)) return 'doc';
  throw new ExtractError(
    'unsupported',
    'Old Excel, PowerPoint and Outlook files are not read; save it in a current format.',
  );
}

export function encrypted(cause?: unknown): ExtractError {
  return new ExtractError(
    'encrypted',
    'The file is protected by a password; remove the protection to make it searchable.',
    { cause },
  );
}
