import { crc32 } from 'node:zlib';

const flagUtf8 = 0x0800;
/** 1 January 1980, the earliest date of the format; the same bytes every time. */
const dosDate = 0x0021;

/** A ZIP archive of uncompressed files. */
export function makeZip(files: Readonly<Record<string, string>>): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, text] of Object.entries(files)) {
    const name = Buffer.from(path, 'utf8');
    const content = Buffer.from(text, 'utf8');
    // Version, flags, method, time, date, checksum, both sizes, length of name, of extra.
    const shared = [u16(20), u16(flagUtf8), u16(0), u16(0), u16(dosDate), u32(crc32(content))];
    const sizes = [u32(content.length), u32(content.length), u16(name.length), u16(0)];
    const local = Buffer.concat([u32(0x0403_4b50), ...shared, ...sizes, name, content]);
    // Made by, …, length of comment, disk, attributes inside and outside, offset.
    directory.push(u32(0x0201_4b50), u16(20), ...shared, ...sizes, u16(0), u16(0), u16(0), u32(0), u32(offset), name);
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const count = locals.length;
  const end = [u32(0x0605_4b50), u16(0), u16(0), u16(count), u16(count), u32(central.length), u32(offset), u16(0)];
  return Buffer.concat([...locals, central, ...end]);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
