import { z } from 'zod';
import {
  cursorPages,
  defineHttpConnector,
  type Given,
  get,
  type SourceEntity,
  tokenCredentials,
} from '../../connector-kit/index.ts';
import { readAccess, StartPageToken } from './drive-access.ts';
import * as entities from './drive-entities.ts';
import { exportFormatOf, hasReadableContent } from './drive-format.ts';
import { Change, Drive, DriveFile, fileFields } from './drive-objects.ts';
import { driveNames, drivePages, isIncluded, listDrives } from './drive-paths.ts';

/** Each pattern becomes a regular expression. */
const maxPatterns = 100;
const config = z.object({
  include_patterns: z
    .preprocess(
      (value) =>
        typeof value === 'string'
          ? value
              .split(',')
              .map((part) => part.trim())
              .filter((part) => part !== '')
          : value,
      z.array(z.string().min(1).max(500)).max(maxPatterns),
    )
    .default([])
    .meta({
      title: 'Include Patterns',
      description: 'Globs of paths or file names to keep, such as Projects/** or *.pdf',
    }),
});
type DriveGiven = Given<z.output<typeof config>, z.output<typeof tokenCredentials>>;

const everywhere = { supportsAllDrives: true, includeItemsFromAllDrives: true };

/**
 * Google Drive: files of My Drive and of shared drives. https://developers.google.com/workspace/drive/api/reference/rest/v3
 *
 * Incremental by Drive's list of changes, which also tells what was removed or put into the bin. Who may see a file is read
 * with it; members of groups and domains are not in this API.
 */
export const googleDrive = defineHttpConnector({
  shortName: 'google_drive',
  displayName: 'Google Drive',
  description: 'Files from My Drive and shared drives; documents of Google are exported.',
  className: 'GoogleDriveSource',
  labels: ['File Storage'],
  authMethods: ['oauth_browser', 'oauth_token', 'auth_provider', 'oauth_byoc'],
  oauth: {
    kind: 'oauth2',
    authorizeUrl: 'https://accounts.google.com/o/oauth2/auth',
    tokenUrl: 'https://oauth2.googleapis.com/token',
    scopes: ['https://www.googleapis.com/auth/drive.readonly'],
    tokens: 'with_refresh',
    refreshSendsScopes: true,
    // Without both, Google gives no refresh token.
    authorizeParameters: { access_type: 'offline', prompt: 'consent' },
  },
  supportsContinuous: true,
  config,
  credentials: tokenCredentials,
  http: {
    baseUrl: 'https://www.googleapis.com/drive/v3',
    // 12,000 a minute for each project, 200 a second: https://developers.google.com/workspace/drive/api/guides/limits
    pace: { requests: 20, perSeconds: 1 },
    token: ({ access_token }) => access_token,
  },
  entities: Object.values(entities),
  check: () => get('/drives', { query: { pageSize: 1 } }),
  streams: (stream) => ({
    drives: stream.list({
      entity: entities.drive,
      list: listDrives,
      pages: drivePages,
      schema: Drive,
      toEntity: ({ id, name: title = 'Untitled Drive', createdTime, kind, colorRgb, hidden, orgUnitId }) =>
        entities.drive.of({
          ...{ id, name: title, createdAt: createdTime, url: `https://drive.google.com/drive/folders/${id}` },
          fields: {
            drive_id: id,
            title,
            created_time: createdTime,
            kind,
            color_rgb: colorRgb,
            hidden,
            org_unit_id: orgUnitId,
          },
        }),
    }),
    files: stream.list({
      entity: entities.file,
      list: () =>
        get('/files', {
          query: {
            ...everywhere,
            corpora: 'allDrives',
            pageSize: 100,
            q: "trashed = false and mimeType != 'application/vnd.google-apps.folder'",
            fields: `nextPageToken,files(${fileFields})`,
          },
        }),
      pages: cursorPages({ items: 'files', next: 'nextPageToken', param: 'pageToken' }),
      schema: DriveFile,
      toEntity: toFileEntity,
      changes: {
        async start({ api }) {
          const call = get('/changes/startPageToken', { query: { supportsAllDrives: true } });
          return (await api.get(call, StartPageToken)).startPageToken;
        },
        call: (pageToken) =>
          get('/changes', {
            query: {
              ...{ ...everywhere, pageToken, includeRemoved: true, pageSize: 1_000 },
              fields: `nextPageToken,newStartPageToken,changes(changeType,removed,fileId,file(${fileFields}))`,
            },
          }),
        ...{ items: 'changes', next: 'nextPageToken', resume: 'newStartPageToken', schema: Change },
        async toChange({ changeType, removed, fileId, file }, given) {
          if (changeType === 'drive' || fileId === undefined) return undefined;
          const entity = removed || file === undefined ? undefined : await toFileEntity(file, given);
          if (entity !== undefined) return { entity };
          // Also what was renamed so that no pattern matches it any more.
          return { deletions: [{ id: fileId, type: entities.file.type.name }] };
        },
      },
    }),
  }),
});

/** Undefined for what is not to be synced. */
async function toFileEntity(
  file: DriveFile,
  { api, config: { include_patterns } }: DriveGiven,
): Promise<SourceEntity | undefined> {
  const { id, name: title = 'Untitled', mimeType, createdTime, modifiedTime = createdTime } = file;
  if (file.trashed || !hasReadableContent(mimeType)) return undefined;
  if (!(await isIncluded(file, include_patterns, api))) return undefined;
  const format = exportFormatOf(mimeType);
  const name = `${title}${format?.extension ?? ''}`;
  const at = { at: { id } };
  const from =
    format === undefined
      ? get('/files/{id}', { ...at, query: { alt: 'media', supportsAllDrives: true } })
      : get('/files/{id}/export', { ...at, query: { mimeType: format.mimeType } });
  const drive =
    file.driveId === undefined ? undefined : ((await driveNames(api)).get(file.driveId) ?? 'Untitled Drive');
  return entities.file.of({
    ...{ id, name, createdAt: createdTime, updatedAt: modifiedTime },
    url: file.webViewLink ?? `https://drive.google.com/file/d/${id}/view`,
    breadcrumbs: [
      { entityId: file.driveId ?? 'my_drive', name: drive ?? 'My Drive', entityType: entities.drive.type.name },
    ],
    file: api.file({
      ...{ name, mimeType: format?.mimeType ?? mimeType, from },
      size: file.size === undefined ? undefined : Number(file.size),
    }),
    revision: file.md5Checksum ?? modifiedTime,
    access: await readAccess(file, api),
    fields: {
      ...{ file_id: id, title, created_time: createdTime, modified_time: modifiedTime, description: file.description },
      ...{
        starred: file.starred,
        trashed: file.trashed,
        explicitly_trashed: file.explicitlyTrashed,
        parents: file.parents,
      },
      ...{ owners: file.owners, shared: file.shared, web_view_link: file.webViewLink, icon_link: file.iconLink },
      ...{ md5_checksum: file.md5Checksum, shared_with_me_time: file.sharedWithMeTime },
      ...{ modified_by_me_time: file.modifiedByMeTime, viewed_by_me_time: file.viewedByMeTime },
    },
  });
}
