import { entityClass } from '../../connector-kit/index.ts';

export const drive = entityClass(
  'GoogleDriveDriveEntity',
  'A shared drive',
  {
    ...{ drive_id: 'string', title: 'string', created_time: 'datetime?', kind: 'string?', color_rgb: 'string?' },
    ...{ hidden: 'boolean', org_unit_id: 'string?' },
  },
  ['title'],
);

export const file = entityClass(
  'GoogleDriveFileEntity',
  'A file, or a document of Google as the file it is exported to',
  {
    ...{
      file_id: 'string',
      title: 'string',
      created_time: 'datetime',
      modified_time: 'datetime',
      description: 'string?',
    },
    ...{ starred: 'boolean', trashed: 'boolean', explicitly_trashed: 'boolean', parents: 'array', owners: 'array' },
    ...{ shared: 'boolean', web_view_link: 'string?', icon_link: 'string?', md5_checksum: 'string?' },
    ...{ shared_with_me_time: 'datetime?', modified_by_me_time: 'datetime?', viewed_by_me_time: 'datetime?' },
  },
  ['title', 'description'],
);

/** Only its name is used: Drive's word for a file that is gone. */
export const fileDeletion = entityClass(
  'GoogleDriveFileDeletionEntity',
  'That a file is gone',
  { file_id: 'string', label: 'string', drive_id: 'string?' },
  ['label'],
);
