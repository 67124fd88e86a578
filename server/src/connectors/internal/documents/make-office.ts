import { makeZip } from './make-zip.ts';

const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const contentTypes = 'http://schemas.openxmlformats.org/package/2006/content-types';
const relationships = 'http://schemas.openxmlformats.org/package/2006/relationships';
const officeRelationships = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const types = 'application/vnd.openxmlformats-officedocument';

/** A Word document: a heading, then paragraphs. Only the parts that a reader needs. */
export function makeDocx(heading: string, paragraphs: readonly string[]): Buffer {
  const style = '<w:pPr><w:pStyle w:val="Heading1"/></w:pPr>';
  const paragraph = (text: string, properties = '') =>
    `<w:p>${properties}<w:r><w:t xml:space="preserve">${escapeXml(text)}</w:t></w:r></w:p>`;
  const body = paragraph(heading, style) + paragraphs.map((text) => paragraph(text)).join('');
  return makeZip({
    '[Content_Types].xml': contentTypesOf({ '/word/document.xml': `${types}.wordprocessingml.document.main+xml` }),
    '_rels/.rels': relationshipsOf({ officeDocument: 'word/document.xml' }),
    'word/document.xml': `${xml}<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>${body}</w:body></w:document>`,
  });
}

/** A presentation of one slide: a title, then paragraphs. Only the parts that a reader needs. */
export function makePptx(title: string, paragraphs: readonly string[]): Buffer {
  const shape = (id: number, kind: string, texts: readonly string[]) =>
    `<p:sp><p:nvSpPr><p:cNvPr id="${id}" name="${kind} ${id}"/><p:cNvSpPr/><p:nvPr><p:ph type="${kind}"/></p:nvPr></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/>${texts
      .map((text) => `<a:p><a:r><a:t>${escapeXml(text)}</a:t></a:r></a:p>`)
      .join('')}</p:txBody></p:sp>`;
  const spaces =
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" ' +
    `xmlns:r="${officeRelationships}" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"`;
  const tree = `<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>`;
  return makeZip({
    '[Content_Types].xml': contentTypesOf({
      '/ppt/presentation.xml': `${types}.presentationml.presentation.main+xml`,
      '/ppt/slides/slide1.xml': `${types}.presentationml.slide+xml`,
    }),
    '_rels/.rels': relationshipsOf({ officeDocument: 'ppt/presentation.xml' }),
    'ppt/presentation.xml': `${xml}<p:presentation ${spaces}><p:sldIdLst><p:sldId id="256" r:id="rId1"/></p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/></p:presentation>`,
    'ppt/_rels/presentation.xml.rels': relationshipsOf({ slide: 'slides/slide1.xml' }),
    'ppt/slides/slide1.xml': `${xml}<p:sld ${spaces}><p:cSld><p:spTree>${tree}${shape(2, 'title', [title])}${shape(3, 'body', paragraphs)}</p:spTree></p:cSld></p:sld>`,
  });
}

function contentTypesOf(parts: Readonly<Record<string, string>>): string {
  const overrides = Object.entries(parts).map(([path, type]) => `<Override PartName="${path}" ContentType="${type}"/>`);
  return `${xml}<Types xmlns="${contentTypes}"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>${overrides.join('')}</Types>`;
}

function relationshipsOf(targets: Readonly<Record<string, string>>): string {
  const entries = Object.entries(targets).map(
    ([kind, target], index) =>
      `<Relationship Id="rId${index + 1}" Type="${officeRelationships}/${kind}" Target="${target}"/>`,
  );
  return `${xml}<Relationships xmlns="${relationships}">${entries.join('')}</Relationships>`;
}

function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\x20-\uFFFD]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
