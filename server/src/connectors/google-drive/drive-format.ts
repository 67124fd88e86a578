const google = 'application/vnd.google-apps.';
const office = 'application/vnd.openxmlformats-officedocument.';

/** A format that Google's own documents are exported to. */
export interface ExportFormat {
  readonly mimeType: string;
  readonly extension: string;
}

const exports: Readonly<Record<string, ExportFormat>> = {
  document: { mimeType: `${office}wordprocessingml.document`, extension: '.docx' },
  spreadsheet: { mimeType: `${office}spreadsheetml.sheet`, extension: '.xlsx' },
  presentation: { mimeType: `${office}presentationml.presentation`, extension: '.pptx' },
};
const pdf: ExportFormat = { mimeType: 'application/pdf', extension: '.pdf' };

/** They have no content that could be exported. */
const withoutContent = new Set(['folder', 'shortcut', 'form', 'site', 'map', 'drive-sdk', 'fusiontable', 'script']);

/** Undefined for what is a file already. */
export function exportFormatOf(mimeType: string): ExportFormat | undefined {
  return mimeType.startsWith(google) ? (exports[mimeType.slice(google.length)] ?? pdf) : undefined;
}

export function hasReadableContent(mimeType: string): boolean {
  if (mimeType.startsWith('video/')) return false;
  return !(mimeType.startsWith(google) && withoutContent.has(mimeType.slice(google.length).split('.')[0] ?? ''));
}
