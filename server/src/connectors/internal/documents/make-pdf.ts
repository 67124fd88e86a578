import { deflateSync } from 'node:zlib';
import { drawText } from './draw-text.ts';
import { wrapLines } from './wrap-lines.ts';

const pageWidth = 612;
const pageHeight = 792;
const margin = 54;

/** A PDF of one page with a text layer: the paragraphs in Helvetica. What Latin-1 cannot write becomes a question mark. */
export function makePdf(paragraphs: readonly string[]): Buffer {
  const lines = paragraphs.flatMap((paragraph) => [...wrapLines(paragraph, 88), '']);
  const shown = lines.map((line) => `(${escapeText(line)}) Tj T*`).join('\n');
  const content = `BT /F1 11 Tf 14 TL ${margin} ${pageHeight - margin} Td\n${shown}\nET`;
  return assemble(
    '/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >> >>',
    content,
  );
}

/** A PDF of one page that is nothing but a picture of the paragraphs, as a scanner makes it. Capitals only. */
export function makeScannedPdf(paragraphs: readonly string[]): Buffer {
  const lines = paragraphs.flatMap((paragraph) => wrapLines(paragraph, 36));
  const { width, height, pixels } = drawText(lines);
  const shownWidth = pageWidth - 2 * margin;
  const shownHeight = (shownWidth * height) / width;
  const content = `q ${shownWidth} 0 0 ${shownHeight.toFixed(2)} ${margin} ${(pageHeight - margin - shownHeight).toFixed(2)} cm /Im1 Do Q`;
  const image = deflateSync(pixels);
  const head = `/Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode`;
  return assemble('/XObject << /Im1 5 0 R >>', content, streamObject(head, image));
}

/** Puts the objects together with the table of their offsets: catalogue, pages, page, content and, as number 5, an extra. */
function assemble(resources: string, content: string, extra?: Buffer): Buffer {
  const objects = [
    Buffer.from('<< /Type /Catalog /Pages 2 0 R >>'),
    Buffer.from('<< /Type /Pages /Kids [3 0 R] /Count 1 >>'),
    Buffer.from(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${pageWidth} ${pageHeight}] /Resources << ${resources} >> /Contents 4 0 R >>`,
    ),
    streamObject('', Buffer.from(content, 'latin1')),
    ...(extra === undefined ? [] : [extra]),
  ];
  // The second line marks the file as binary for programs that guess.
  const parts = [Buffer.from('%PDF-1.4\n%\xe2\xe3\xcf\xd3\n', 'latin1')];
  let length = parts[0]?.length ?? 0;
  const offsets: number[] = [];
  for (const [index, object] of objects.entries()) {
    const whole = Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), object, Buffer.from('\nendobj\n')]);
    offsets.push(length);
    length += whole.length;
    parts.push(whole);
  }
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  const end = `xref\n0 ${size}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${length}\n%%EOF\n`;
  return Buffer.concat([...parts, Buffer.from(end)]);
}

function streamObject(head: string, bytes: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`<< ${head} /Length ${bytes.length} >>\nstream\n`),
    bytes,
    Buffer.from('\nendstream'),
  ]);
}

function escapeText(text: string): string {
  return text.replace(/[^\x20-\x7e\xa0-\xff]/g, '?').replace(/[\\()]/g, '\\$&');
}
