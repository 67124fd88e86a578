import { z } from 'zod';
import { defineConnector, fieldsOf } from '../../connector-kit/index.ts';
import { browseFolder } from './browse-folder.ts';
import { filesConfig } from './files-config.ts';
import { openRoot } from './open-root.ts';
import { readFolder } from './read-folder.ts';
import { fileEntityType, fileFields } from './to-file-entity.ts';
import { watchFolder } from './watch-folder.ts';

const noCredentials = z.strictObject({});

/**
 * A folder on the machine that runs Weft. Every run looks at every file: a file system has no list of what changed, but its
 * size and times tell which files need not be read again, and what is not met any more is deleted.
 */
export const files = defineConnector({
  shortName: 'files',
  displayName: 'Files',
  description: 'Reads a folder on the machine that runs Weft: documents, notes, mail, tables and source code.',
  className: 'FilesSource',
  labels: ['File Storage'],
  authMethods: ['direct'],
  isInternal: false,
  supportsContinuous: false,
  config: filesConfig,
  configFields: fieldsOf(filesConfig),
  credentials: noCredentials,
  credentialFields: fieldsOf(noCredentials),
  entityTypes: [{ name: fileEntityType, description: 'A file below the folder, with its text', fields: fileFields }],
  streams: { files: { mode: 'full', read: readFolder } },
  async validate({ config, policy }) {
    await openRoot(config.path, policy);
  },
  watch: (context, onChange) => watchFolder(context, onChange),
  browse: browseFolder,
});
