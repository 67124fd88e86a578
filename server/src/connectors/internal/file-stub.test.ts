import { OfficeParser, type SupportedFileType } from 'officeparser';
import { describe, expect, it } from 'vitest';
import WordExtractor from 'word-extractor';
import { collect } from '../../connector-kit/collect.fixture.ts';
import { describeConnectorConformance } from '../../connector-kit/connector.conformance.ts';
import type { SourceEntity } from '../../connector-kit/index.ts';
import { drawText } from './documents/draw-text.ts';
import { wrapLines } from './documents/wrap-lines.ts';
import { fileStub } from './file-stub.ts';

describeConnectorConformance({
  connector: fileStub,
  config: () => ({ custom_content_prefix: 'MARK' }),
  expectedEntities: 6,
});

const { signal } = new AbortController();

async function readAll(config: unknown): Promise<readonly SourceEntity[]> {
  const stream = fileStub.streams.items;
  if (stream === undefined) throw new Error('The file stub has no stream.');
  const context = { config: fileStub.config.parse(config), credentials: {}, policy: { forbiddenRoots: [] }, signal };
  return (await collect(stream.read(context))).flatMap((page) => page.entities);
}

async function bytesOf(type: string, config: unknown): Promise<Buffer> {
  const entity = (await readAll(config)).find((candidate) => candidate.type === type);
  const stream = await entity?.file?.open(signal);
  return stream === undefined ? Buffer.alloc(0) : Buffer.concat(await collect<Buffer>(stream));
}

async function officeText(bytes: Buffer, fileType: SupportedFileType): Promise<string> {
  const { content } = await OfficeParser.parseOffice(bytes, { fileType });
  return JSON.stringify(content);
}

describe('the file stub', () => {
  it('gives the container and one file of each format, named by the seed', async () => {
    const entities = await readAll({ seed: 7 });
    expect(entities.map(({ id, type, name }) => [id, type, name])).toEqual([
      ['file-stub-container-7', 'FileStubContainerEntity', 'File Stub Container (seed=7)'],
      ['born-digital-pdf-7', 'PdfFileStubEntity', 'born_digital_pdf_7.pdf'],
      ['scanned-pdf-7', 'ScannedPdfFileStubEntity', 'scanned_pdf_7.pdf'],
      ['pptx-7', 'PptxFileStubEntity', 'presentation_7.pptx'],
      ['docx-7', 'DocxFileStubEntity', 'document_7.docx'],
      ['doc-7', 'DocFileStubEntity', 'legacy_document_7.doc'],
    ]);
    expect(entities[0]?.fields.entity_count).toBe(5);
    expect(entities[2]?.url).toBe('file-stub://scanned-pdf/scanned_pdf_7.pdf');
  });

  it.each([
    ['PdfFileStubEntity', 'pdf', 'Born-digital PDF'],
    ['PptxFileStubEntity', 'pptx', 'PowerPoint presentation'],
    ['DocxFileStubEntity', 'docx', 'Word document'],
  ] as const)('makes a %s that a parser reads, with the prefix in it', async (type, fileType, words) => {
    const prefix = 'MARK-17 (a\\b) <c> & "d"';
    const text = await officeText(await bytesOf(type, { custom_content_prefix: prefix }), fileType);
    expect(text).toContain(words);
    expect(text).toContain(JSON.stringify(prefix).slice(1, -1));
  });

  it('makes a legacy document that a parser reads, with any script in it', async () => {
    const bytes = await bytesOf('DocFileStubEntity', { custom_content_prefix: 'МЕТКА-17 日本' });
    const body = (await new WordExtractor().extract(bytes)).getBody();
    expect(body).toContain('МЕТКА-17 日本\nLegacy Word document of the file stub.');
  });

  it('makes a scan that has a picture and no text', async () => {
    const bytes = await bytesOf('ScannedPdfFileStubEntity', {});
    const { content, attachments } = await OfficeParser.parseOffice(bytes, {
      fileType: 'pdf',
      extractAttachments: true,
    });
    expect(JSON.stringify(content)).not.toContain('Scanned');
    expect(attachments).toHaveLength(1);
  });

  it('takes a prefix of up to 2,000 characters, also in one word', async () => {
    const custom_content_prefix = `${'long '.repeat(200)}${'x'.repeat(1_000)}`;
    for (const entity of (await readAll({ custom_content_prefix })).slice(1)) {
      expect(entity.file?.size, entity.id).toBeGreaterThan(1_000);
    }
    const tooLong = fileStub.config.safeParse({ custom_content_prefix: 'x'.repeat(2_001) });
    expect(tooLong.error?.issues[0]?.path).toEqual(['custom_content_prefix']);
  });
});

describe('drawing text', () => {
  it('puts black strokes where a letter is and leaves the rest white', () => {
    const { width, height, pixels } = drawText(['I']);
    expect(pixels).toHaveLength(width * height);
    expect([Math.min(...pixels), Math.max(...pixels)]).toEqual([0, 255]);
    expect(pixels.filter((pixel) => pixel < 128).length).toBeGreaterThan(100);
    expect(drawText([' ']).pixels.every((pixel) => pixel === 255)).toBe(true);
  });

  it('breaks lines at spaces, and words that are too long', () => {
    expect(wrapLines('aaa bb cccccc  d', 5)).toEqual(['aaa', 'bb', 'ccccc', 'c d']);
    expect(wrapLines('', 5)).toEqual([]);
  });
});
