const sectorBytes = 512;
/** Shorter streams live elsewhere in the format; ours are padded to avoid that second store. */
const minStreamBytes = 4_096;
const entriesPerSector = sectorBytes / 4;
const endOfChain = 0xffff_fffe;
const freeSector = 0xffff_ffff;
const tableSector = 0xffff_fffd;
const noEntry = 0xffff_ffff;

/**
 * A compound file (OLE 2, version 3) with two streams: what legacy office documents are kept in. Sector 0 is the allocation
 * table, 1 the directory, then the streams.
 *
 * @throws RangeError beyond some 60 KB, which one sector of allocation table cannot describe
 * @see [MS-CFB]
 */
export function makeCompoundFile(streams: Readonly<Record<'WordDocument' | '1Table', Buffer>>): Buffer {
  const table = Buffer.alloc(sectorBytes);
  for (let i = 0; i < entriesPerSector; i++) table.writeUInt32LE(freeSector, i * 4);
  table.writeUInt32LE(tableSector, 0);
  table.writeUInt32LE(endOfChain, 4);
  let next = 2;
  const place = (bytes: Buffer): { readonly start: number; readonly padded: Buffer; readonly size: number } => {
    const size = Math.max(bytes.length, minStreamBytes);
    const count = Math.ceil(size / sectorBytes);
    if (next + count > entriesPerSector) throw new RangeError('The streams are too long for one allocation table.');
    const start = next;
    for (let i = 0; i < count; i++) table.writeUInt32LE(i === count - 1 ? endOfChain : next + 1 + i, (start + i) * 4);
    next += count;
    return { start, size, padded: Buffer.concat([bytes, Buffer.alloc(count * sectorBytes - bytes.length)]) };
  };
  const main = place(streams.WordDocument);
  const tables = place(streams['1Table']);
  const directory = Buffer.concat([
    directoryEntry('Root Entry', { type: 5, child: 1, start: endOfChain, size: 0 }),
    // Siblings form a tree ordered by length of name: 1Table is left of WordDocument.
    directoryEntry('WordDocument', { type: 2, left: 2, start: main.start, size: main.size }),
    directoryEntry('1Table', { type: 2, start: tables.start, size: tables.size }),
    directoryEntry('', { type: 0, start: 0, size: 0 }),
  ]);
  return Buffer.concat([header(), table, directory, main.padded, tables.padded]);
}

function header(): Buffer {
  const bytes = Buffer.alloc(sectorBytes);
  Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(bytes);
  bytes.writeUInt16LE(0x003e, 24); // minor and major version
  bytes.writeUInt16LE(0x0003, 26);
  bytes.writeUInt16LE(0xfffe, 28); // little-endian
  bytes.writeUInt16LE(9, 30); // sectors of 2^9 bytes, small ones of 2^6
  bytes.writeUInt16LE(6, 32);
  bytes.writeUInt32LE(1, 44); // sectors of allocation table
  bytes.writeUInt32LE(1, 48); // first sector of the directory
  bytes.writeUInt32LE(minStreamBytes, 56);
  bytes.writeUInt32LE(endOfChain, 60); // no small streams
  bytes.writeUInt32LE(endOfChain, 68); // no further allocation tables
  bytes.writeUInt32LE(0, 76); // the allocation table is sector 0
  for (let offset = 80; offset < sectorBytes; offset += 4) bytes.writeUInt32LE(freeSector, offset);
  return bytes;
}

function directoryEntry(
  name: string,
  entry: {
    readonly type: number;
    readonly left?: number;
    readonly child?: number;
    readonly start: number;
    readonly size: number;
  },
): Buffer {
  const bytes = Buffer.alloc(128);
  bytes.write(name, 0, 'utf16le');
  bytes.writeUInt16LE(name === '' ? 0 : (name.length + 1) * 2, 64);
  bytes.writeUInt8(entry.type, 66);
  bytes.writeUInt8(1, 67); // black
  bytes.writeUInt32LE(entry.left ?? noEntry, 68);
  bytes.writeUInt32LE(noEntry, 72);
  bytes.writeUInt32LE(entry.child ?? noEntry, 76);
  bytes.writeUInt32LE(entry.start, 116);
  bytes.writeUInt32LE(entry.size, 120);
  return bytes;
}
