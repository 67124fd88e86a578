import { makeCompoundFile } from './make-compound-file.ts';

/** Where the text begins in the main stream, behind the file information block. */
const textOffset = 0x0800;

/**
 * A document of Word 97: the paragraphs as one piece of UTF-16 text, without any formatting.
 *
 * @see [MS-DOC] 2.5 (Fib) and 2.8.35 (PlcPcd)
 */
export function makeDoc(paragraphs: readonly string[]): Buffer {
  // Paragraphs end in a carriage return.
  const text = paragraphs.map((paragraph) => `${paragraph}\r`).join('');
  const bytes = Buffer.from(text, 'utf16le');

  const pieces = Buffer.alloc(5 + 16);
  pieces.writeUInt8(0x02, 0); // a table of pieces follows
  pieces.writeUInt32LE(16, 1);
  pieces.writeUInt32LE(0, 5); // first and last character of the only piece
  pieces.writeUInt32LE(text.length, 9);
  pieces.writeUInt32LE(textOffset, 15); // where it is; two bytes per character

  const main = Buffer.alloc(textOffset + bytes.length);
  main.writeUInt16LE(0xa5ec, 0x00); // a Word document
  main.writeUInt16LE(0x00c1, 0x02); // of Word 97
  main.writeUInt16LE(0x0409, 0x06); // in English
  main.writeUInt16LE(0x1200, 0x0a); // tables are in the stream 1Table, characters are Unicode
  main.writeUInt16LE(0x00bf, 0x0c); // readable by Word 97
  main.writeUInt32LE(textOffset, 0x18);
  main.writeUInt32LE(textOffset + bytes.length, 0x1c);
  main.writeUInt16LE(0x000e, 0x20); // number of 16-bit values that follow
  main.writeUInt16LE(0x0016, 0x3e); // number of 32-bit values that follow
  main.writeUInt32LE(main.length, 0x40);
  main.writeUInt32LE(text.length, 0x4c);
  main.writeUInt16LE(0x005d, 0x98); // number of offsets and lengths that follow
  main.writeUInt32LE(0, 0x01a2); // offset and length of the table of pieces
  main.writeUInt32LE(pieces.length, 0x01a6);
  bytes.copy(main, textOffset);

  return makeCompoundFile({ WordDocument: main, '1Table': pieces });
}
