import { crc32, deflateRawSync } from 'node:zlib';

/** Small documents of each format, written by hand: what a test means is what it says here. */

export interface ZipEntry {
  readonly name: string;
  readonly data: string | Buffer;
  /** Said in the headers in place of the truth. */
  readonly declaredBytes?: number;
  readonly isStored?: boolean;
}

export function zip(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, declaredBytes, isStored = false } of entries) {
    const bytes = Buffer.from(data);
    const packed = isStored ? bytes : deflateRawSync(bytes);
    const nameBytes = Buffer.from(name);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(isStored ? 0 : 8, 4);
    fields.writeUInt32LE(crc32(bytes), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(declaredBytes ?? bytes.length, 18);
    fields.writeUInt16LE(nameBytes.length, 22);
    const row = Buffer.alloc(16);
    row.writeUInt32LE(offset, 12);
    parts.push(Buffer.from('PK\u0003\u0004'), fields, nameBytes, packed);
    directory.push(Buffer.from('PK\u0001\u0002\u0014\u0000'), fields, row.subarray(2), nameBytes);
    offset += 30 + nameBytes.length + packed.length;
  }
  const rows = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(rows.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, rows, end]);
}

const xml = (body: string) => `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>${body}`;
const openXml = 'http://schemas.openxmlformats.org';

function contentTypes(overrides: Readonly<Record<string, string>>): ZipEntry {
  const rows = Object.entries(overrides).map(
    ([part, type]) =>
      `<Override PartName="/${part}" ContentType="application/vnd.openxmlformats-officedocument.${type}+xml"/>`,
  );
  return {
    name: '[Content_Types].xml',
    data: xml(
      `<Types xmlns="${openXml}/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>${rows.join('')}</Types>`,
    ),
  };
}

function relationships(name: string, targets: readonly (readonly [type: string, target: string])[]): ZipEntry {
  const rows = targets.map(
    ([type, target], index) =>
      `<Relationship Id="rId${index + 1}" Type="${openXml}/officeDocument/2006/relationships/${type}" Target="${target}"/>`,
  );
  return { name, data: xml(`<Relationships xmlns="${openXml}/package/2006/relationships">${rows.join('')}</Relationships>`) };
}

/** Paragraphs of a Word document; those that start with `# ` are headings. */
export function docxEntries(paragraphs: readonly string[]): ZipEntry[] {
  const body = paragraphs.map((text) => {
    const isHeading = text.startsWith('# ');
    const style = isHeading ? '<w:pPr><w:pStyle w:val="Heading1"/></w:pPr>' : '';
    return `<w:p>${style}<w:r><w:t>${isHeading ? text.slice(2) : text}</w:t></w:r></w:p>`;
  });
  const main = `<w:document xmlns:w="${openXml}/wordprocessingml/2006/main"><w:body>${body.join('')}</w:body></w:document>`;
  const style = '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style>';
  return [
    contentTypes({
      'word/document.xml': 'wordprocessingml.document.main',
      'word/styles.xml': 'wordprocessingml.styles',
    }),
    relationships('_rels/.rels', [['officeDocument', 'word/document.xml']]),
    relationships('word/_rels/document.xml.rels', [['styles', 'styles.xml']]),
    { name: 'word/styles.xml', data: xml(`<w:styles xmlns:w="${openXml}/wordprocessingml/2006/main">${style}</w:styles>`) },
    { name: 'word/document.xml', data: xml(main) },
  ];
}

export const docx = (paragraphs: readonly string[]): Buffer => zip(docxEntries(paragraphs));

/** Cells are text, numbers, dates (as Excel keeps them: days with a format), or `null` for none. */
export function xlsx(sheetName: string, rows: readonly (readonly (string | number | Date | null)[])[]): Buffer {
  const cell = (value: string | number | Date | null, place: string) => {
    if (value === null) return '';
    if (typeof value === 'string') return `<c r="${place}" t="inlineStr"><is><t>${value}</t></is></c>`;
    if (typeof value === 'number') return `<c r="${place}"><v>${value}</v></c>`;
    return `<c r="${place}" s="1"><v>${value.getTime() / 86_400_000 + 25_569}</v></c>`;
  };
  const lines = rows.map((row, y) => {
    const cells = row.map((value, x) => cell(value, `${String.fromCharCode(65 + x)}${y + 1}`));
    return `<row r="${y + 1}">${cells.join('')}</row>`;
  });
  const main = `${openXml}/spreadsheetml/2006/main`;
  return zip([
    contentTypes({
      'xl/workbook.xml': 'spreadsheetml.sheet.main',
      'xl/worksheets/sheet1.xml': 'spreadsheetml.worksheet',
      'xl/styles.xml': 'spreadsheetml.styles',
    }),
    relationships('_rels/.rels', [['officeDocument', 'xl/workbook.xml']]),
    relationships('xl/_rels/workbook.xml.rels', [
      ['worksheet', 'worksheets/sheet1.xml'],
      ['styles', 'styles.xml'],
    ]),
    {
      name: 'xl/styles.xml',
      data: xml(
        `<styleSheet xmlns="${main}"><numFmts count="1"><numFmt numFmtId="164" formatCode="&quot;on&quot; yyyy\\-mm\\-dd"/></numFmts><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>`,
      ),
    },
    {
      name: 'xl/workbook.xml',
      data: xml(
        `<workbook xmlns="${main}" xmlns:r="${openXml}/officeDocument/2006/relationships"><sheets><sheet name="${sheetName}" sheetId="1" r:id="rId1"/></sheets></workbook>`,
      ),
    },
    {
      name: 'xl/worksheets/sheet1.xml',
      data: xml(`<worksheet xmlns="${main}"><sheetData>${lines.join('')}</sheetData></worksheet>`),
    },
  ]);
}

export function pptx(title: string, text: string): Buffer {
  const namespaces = `xmlns:a="${openXml}/drawingml/2006/main" xmlns:p="${openXml}/presentationml/2006/main" xmlns:r="${openXml}/officeDocument/2006/relationships"`;
  const shape = (kind: string, words: string, id: number) =>
    `<p:sp><p:nvSpPr><p:cNvPr id="${id}" name="s${id}"/><p:cNvSpPr/><p:nvPr><p:ph type="${kind}"/></p:nvPr></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/><a:p><a:r><a:t>${words}</a:t></a:r></a:p></p:txBody></p:sp>`;
  return zip([
    contentTypes({
      'ppt/presentation.xml': 'presentationml.presentation.main',
      'ppt/slides/slide1.xml': 'presentationml.slide',
    }),
    relationships('_rels/.rels', [['officeDocument', 'ppt/presentation.xml']]),
    relationships('ppt/_rels/presentation.xml.rels', [['slide', 'slides/slide1.xml']]),
    {
      name: 'ppt/presentation.xml',
      data: xml(`<p:presentation ${namespaces}><p:sldIdLst><p:sldId id="256" r:id="rId1"/></p:sldIdLst></p:presentation>`),
    },
    {
      name: 'ppt/slides/slide1.xml',
      data: xml(
        `<p:sld ${namespaces}><p:cSld><p:spTree>${shape('title', title, 2)}${shape('body', text, 3)}</p:spTree></p:cSld></p:sld>`,
      ),
    },
  ]);
}

const openDocument = 'urn:oasis:names:tc:opendocument:xmlns';

/** An OpenDocument file of the given kind around the XML of its body. */
export function openDocumentFile(kind: 'text' | 'spreadsheet' | 'presentation', body: string): Buffer {
  const type = `application/vnd.oasis.opendocument.${kind}`;
  const namespaces = ['office', 'text', 'table'].map((name) => `xmlns:${name}="${openDocument}:${name}:1.0"`).join(' ');
  const drawing = `xmlns:draw="${openDocument}:drawing:1.0" xmlns:presentation="${openDocument}:presentation:1.0"`;
  const content = `<office:document-content ${namespaces} ${drawing} office:version="1.3"><office:body><office:${kind}>${body}</office:${kind}></office:body></office:document-content>`;
  return zip([
    { name: 'mimetype', data: type, isStored: true },
    { name: 'content.xml', data: xml(content) },
    {
      name: 'META-INF/manifest.xml',
      data: xml(
        `<manifest:manifest xmlns:manifest="${openDocument}:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="${type}"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>`,
      ),
    },
  ]);
}

export function epub(title: string, body: string): Buffer {
  return zip([
    { name: 'mimetype', data: 'application/epub+zip', isStored: true },
    {
      name: 'META-INF/container.xml',
      data: xml(
        '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
      ),
    },
    {
      name: 'book.opf',
      data: xml(
        `<package version="3.0" xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>${title}</dc:title></metadata><manifest><item id="c1" href="c1.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="c1"/></spine></package>`,
      ),
    },
    { name: 'c1.xhtml', data: xml(`<html xmlns="http://www.w3.org/1999/xhtml"><body>${body}</body></html>`) },
  ]);
}

/** A PDF of the given objects, numbered from 1; the first is its catalog. */
export function pdfOfObjects(objects: readonly (string | Buffer)[], trailer = ''): Buffer {
  const parts: Buffer[] = [Buffer.from('%PDF-1.4\n')];
  const offsets: number[] = [];
  let at = 9;
  const push = (bytes: Buffer) => {
    parts.push(bytes);
    at += bytes.length;
  };
  for (const [index, object] of objects.entries()) {
    offsets.push(at);
    push(Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), Buffer.from(object), Buffer.from('\nendobj\n')]));
  }
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  const table = `xref\n0 ${size}\n0000000000 65535 f \n${rows}`;
  push(Buffer.from(`${table}trailer\n<< /Size ${size} /Root 1 0 R ${trailer} >>\nstartxref\n${at}\n%%EOF\n`));
  return Buffer.concat(parts);
}

export const pdfStream = (dictionary: string, data: string | Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(`<< ${dictionary} /Length ${Buffer.from(data).length} >>\nstream\n`),
    Buffer.from(data),
    Buffer.from('\nendstream'),
  ]);

export function pdf(lines: readonly string[]): Buffer {
  const content = lines.map((line, index) => `BT /F1 12 Tf 40 ${760 - 16 * index} Td (${line}) Tj ET`).join('\n');
  return pdfOfObjects([
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    pdfStream('', content),
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]);
}

/** A page that shows a grey 8-bit PNG, which PDF can hold as it is: same compression, same row filters. */
export function scannedPdf(png: Buffer): Buffer {
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const data: Buffer[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') data.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const parameters = `/DecodeParms << /Predictor 15 /Colors 1 /BitsPerComponent 8 /Columns ${width} >>`;
  return pdfOfObjects([
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${width} ${height}] /Contents 4 0 R /Resources << /XObject << /Im1 5 0 R >> >> >>`,
    pdfStream('', `q ${width} 0 0 ${height} 0 0 cm /Im1 Do Q`),
    pdfStream(
      `/Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode ${parameters}`,
      Buffer.concat(data),
    ),
  ]);
}

export function email(headers: readonly string[], parts: readonly string[]): Buffer {
  const lines = [...headers, 'MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary=edge', ''];
  return Buffer.from([...lines, ...parts.flatMap((part) => ['--edge', part]), '--edge--', ''].join('\r\n'));
}
