import { Readable } from 'node:stream';
import { z } from 'zod';
import { defineConnector, fieldsOf, type SourceEntity } from '../../connector-kit/index.ts';
import { makeDoc } from './documents/make-doc.ts';
import { makeDocx, makePptx } from './documents/make-office.ts';
import { makePdf, makeScannedPdf } from './documents/make-pdf.ts';
import { createRandomNumbers } from './mersenne-twister.ts';
import { readByPosition } from './read-by-position.ts';
import { containerEntity, crumbOf, dayAfterFirst } from './stub-entities.ts';
import { containerFields, stubEntityFields } from './stub-entity-fields.ts';
import { customContentPrefix, placeholderKey, seed } from './stub-fields.ts';
import { makeParagraph, makePerson } from './stub-text.ts';

const config = z.object({ seed, custom_content_prefix: customContentPrefix });
type FileStubConfig = z.output<typeof config>;

const credentials = placeholderKey('stub_key', 'File Stub Key', 'file-stub');

const containerType = 'FileStubContainerEntity';

interface DocumentKind {
  readonly type: string;
  /** Between `file-stub://` and the name, and before the seed in the id. */
  readonly scheme: string;
  readonly idPrefix: string;
  readonly fileName: string;
  readonly extension: string;
  readonly mimeType: string;
  readonly fileType: string;
  readonly description: string;
  make(paragraphs: readonly string[]): Buffer;
}

const office = 'application/vnd.openxmlformats-officedocument';
const documentKinds: readonly DocumentKind[] = [
  {
    type: 'PdfFileStubEntity',
    scheme: 'pdf',
    idPrefix: 'born-digital-pdf',
    fileName: 'born_digital_pdf',
    extension: '.pdf',
    mimeType: 'application/pdf',
    fileType: 'document',
    description: 'Born-digital PDF with a text layer',
    make: makePdf,
  },
  {
    type: 'ScannedPdfFileStubEntity',
    scheme: 'scanned-pdf',
    idPrefix: 'scanned-pdf',
    fileName: 'scanned_pdf',
    extension: '.pdf',
    mimeType: 'application/pdf',
    fileType: 'document',
    description: 'Scanned PDF without a text layer',
    make: makeScannedPdf,
  },
  {
    type: 'PptxFileStubEntity',
    scheme: 'pptx',
    idPrefix: 'pptx',
    fileName: 'presentation',
    extension: '.pptx',
    mimeType: `${office}.presentationml.presentation`,
    fileType: 'presentation',
    description: 'PowerPoint presentation',
    make: (paragraphs) => makePptx('File stub presentation', paragraphs),
  },
  {
    type: 'DocxFileStubEntity',
    scheme: 'docx',
    idPrefix: 'docx',
    fileName: 'document',
    extension: '.docx',
    mimeType: `${office}.wordprocessingml.document`,
    fileType: 'document',
    description: 'Word document',
    make: (paragraphs) => makeDocx('File stub document', paragraphs),
  },
  {
    type: 'DocFileStubEntity',
    scheme: 'doc',
    idPrefix: 'doc',
    fileName: 'legacy_document',
    extension: '.doc',
    mimeType: 'application/msword',
    fileType: 'document',
    description: 'Legacy Word document',
    make: makeDoc,
  },
];

/** One file of each binary document format, made in code: for trying that their text is read. */
export const fileStub = defineConnector({
  shortName: 'file_stub',
  displayName: 'File Stub',
  description: 'Test source that gives one file of each binary document format.',
  className: 'FileStubSource',
  labels: ['Internal', 'Testing'],
  authMethods: ['direct'],
  isInternal: true,
  supportsContinuous: false,
  config,
  configFields: fieldsOf(config),
  credentials,
  credentialFields: fieldsOf(credentials),
  entityTypes: [
    { name: containerType, description: 'The container of a file stub', fields: containerFields },
    ...documentKinds.map(({ type, description, extension }) => ({
      ...{ name: type, description },
      fields: extension === '.pptx' ? stubEntityFields.slidesFile : stubEntityFields.pdfFile,
    })),
  ],
  streams: {
    items: {
      mode: 'full',
      read(context) {
        const settings = context.config;
        return readByPosition(context, documentKinds.length + 1, (position) => {
          const kind = documentKinds[position - 1];
          return kind === undefined ? containerEntity(containerOf(settings)) : documentOf(kind, settings, position - 1);
        });
      },
    },
  },
  async validate() {},
});

function containerOf({ seed: number }: FileStubConfig) {
  const entity_count = documentKinds.length;
  return {
    id: `file-stub-container-${number}`,
    type: containerType,
    name: `File Stub Container (seed=${number})`,
    scheme: 'file-stub',
    description: `Test container with ${entity_count} files`,
    fields: { seed: number, entity_count },
  };
}

function documentOf(kind: DocumentKind, settings: FileStubConfig, index: number): SourceEntity {
  const { seed: number, custom_content_prefix: prefix } = settings;
  const random = createRandomNumbers(number, index);
  const id = `${kind.idPrefix}-${number}`;
  const name = `${kind.fileName}_${number}${kind.extension}`;
  const author = makePerson(random);
  const paragraphs = [
    ...(prefix === null ? [] : [prefix]),
    `${kind.description} of the file stub.`,
    makeParagraph(random, 4),
  ];
  const bytes = kind.make(paragraphs);
  const url = `file-stub://${kind.scheme}/${name}`;
  const [createdAt, updatedAt] = [dayAfterFirst(index), dayAfterFirst(index + 1)];
  return {
    id,
    type: kind.type,
    name,
    breadcrumbs: crumbOf(containerOf(settings)),
    url,
    createdAt,
    updatedAt,
    fields: {
      stub_id: id,
      file_name: name,
      description: kind.description,
      file_extension: kind.extension,
      author,
      [kind.extension === '.pptx' ? 'slide_count' : 'page_count']: 1,
      created_at: createdAt.toISOString(),
      modified_at: updatedAt.toISOString(),
      sequence_number: index,
      url,
      size: bytes.length,
      file_type: kind.fileType,
      mime_type: kind.mimeType,
      web_url: `file-stub://${kind.scheme}/${id}`,
    },
    file: {
      name,
      mimeType: kind.mimeType,
      size: bytes.length,
      open: async () => Readable.from([bytes], { objectMode: false }),
    },
  };
}
