import type { FileDependencies } from '../../../core/documents/index.ts';
import type { Endpoint } from '../endpoint.ts';
import { checkFilesEndpoint } from './check-files.ts';
import { downloadFilesEndpoint } from './download-files.ts';
import { getFileEndpoint } from './get-file.ts';
import { getFileContentEndpoint } from './get-file-content.ts';

export function fileEndpoints(dependencies: FileDependencies): readonly Endpoint[] {
  return [
    checkFilesEndpoint(dependencies),
    downloadFilesEndpoint(dependencies),
    getFileEndpoint(dependencies),
    getFileContentEndpoint(dependencies),
  ];
}
