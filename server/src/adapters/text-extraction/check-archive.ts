import { inflateRawSync } from 'node:zlib';
import { ExtractError } from '../../core/sync/text-extractor.ts';

/** Limits on what a zip archive may expand to. Nested archives are not opened. */
export const archiveLimits = { maxBytes: 200 * 1024 * 1024, maxEntries: 10_000, maxRatio: 200 } as const;
/** Small parts of blank cells or repeated styles compress by far more than 200 and hurt nobody. */
const ratioAppliesFromBytes = 50 * 1024 * 1024;

const maxEntryBytes = 20 * 1024 * 1024;

interface ArchiveEntry {
  readonly name: string;
  readonly compressedBytes: number;
  readonly expandedBytes: number;
  readonly isEncrypted: boolean;
  /** Where its local header starts. */
  readonly offset: number;
}

/**
 * Reads the directory at the end of a zip archive and refuses what says of itself that it would expand too far. What lies
 * about its size is stopped while it is expanded (officeparser counts real bytes against the same limit) and by
 * the process's memory limit.
 *
 * @throws ExtractError `malformed` without a directory, `too_large` over a limit
 * @see PKWARE APPNOTE 6.3.10, sections 4.3.12 and 4.3.16
 */
export function readArchiveDirectory(bytes: Buffer): ArchiveEntry[] {
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || end + 22 > bytes.length)
    throw new ExtractError('malformed', 'The file is cut off: its zip directory is missing.');
  const count = bytes.readUInt16LE(end + 10);
  // 0xffff marks a zip64 archive, which a document of at most 10,000 parts has no need of.
  if (count > archiveLimits.maxEntries) throw tooLarge(`more than ${archiveLimits.maxEntries} parts`);
  const entries: ArchiveEntry[] = [];
  let offset = bytes.readUInt32LE(end + 16);
  let compressed = 0;
  let expanded = 0;
  for (let index = 0; index < count; index++) {
    if (offset + 46 > bytes.length || bytes.readUInt32LE(offset) !== 0x02014b50) {
      throw new ExtractError('malformed', 'The zip directory of the file is damaged.');
    }
    const nameLength = bytes.readUInt16LE(offset + 28);
    const entry: ArchiveEntry = {
      name: bytes.toString('utf8', offset + 46, offset + 46 + nameLength),
      isEncrypted: (bytes.readUInt16LE(offset + 8) & 1) === 1,
      compressedBytes: bytes.readUInt32LE(offset + 20),
      expandedBytes: bytes.readUInt32LE(offset + 24),
      offset: bytes.readUInt32LE(offset + 42),
    };
    entries.push(entry);
    compressed += entry.compressedBytes;
    expanded += entry.expandedBytes;
    offset += 46 + nameLength + bytes.readUInt16LE(offset + 30) + bytes.readUInt16LE(offset + 32);
  }
  if (expanded > archiveLimits.maxBytes) throw tooLarge('more than 200 MB');
  if (expanded > ratioAppliesFromBytes && expanded > compressed * archiveLimits.maxRatio) {
    throw tooLarge(`more than ${archiveLimits.maxRatio} times its size`);
  }
  return entries;
}

/** One part of an archive, expanded; `undefined` when it is not there, damaged, or over 20 MB. */
export function readArchiveEntry(bytes: Buffer, name: string): Buffer | undefined {
  const entry = readArchiveDirectory(bytes).find((candidate) => candidate.name === name);
  if (entry === undefined || entry.offset + 30 > bytes.length) return undefined;
  const start = entry.offset + 30 + bytes.readUInt16LE(entry.offset + 26) + bytes.readUInt16LE(entry.offset + 28);
  const packed = bytes.subarray(start, start + entry.compressedBytes);
  if (bytes.readUInt16LE(entry.offset + 8) === 0) return packed;
  try {
    return inflateRawSync(packed, { maxOutputLength: maxEntryBytes });
  } catch {
    // What is read this way only improves the text (dates of spreadsheets); the parser reports damage.
    return undefined;
  }
}

function tooLarge(what: string): ExtractError {
  return new ExtractError('too_large', `The file would expand to ${what}; it is left unread to protect the machine.`);
}
