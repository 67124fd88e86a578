import { z } from 'zod';

/* Of Drive's objects what we use. https://developers.google.com/workspace/drive/api/reference/rest/v3 */

const text = z.string().optional();
const flag = z.boolean().default(false);

export const Drive = z.object({
  ...{ id: z.string(), name: text, createdTime: text, kind: text, colorRgb: text, hidden: flag, orgUnitId: text },
});

export const Permission = z.object({
  ...{ type: z.string(), emailAddress: text, domain: text, deleted: flag, pendingOwner: flag },
});
export type Permission = z.output<typeof Permission>;

export const DriveFile = z.object({
  ...{ id: z.string(), name: text, mimeType: z.string(), description: text, driveId: text, size: text },
  ...{ starred: flag, trashed: flag, explicitlyTrashed: flag, shared: flag, parents: z.array(z.string()).default([]) },
  ...{ createdTime: z.string(), modifiedTime: text, webViewLink: text, iconLink: text, md5Checksum: text },
  ...{ sharedWithMeTime: text, modifiedByMeTime: text, viewedByMeTime: text },
  owners: z.array(z.looseObject({ emailAddress: text })).default([]),
  permissions: z.array(Permission).optional(),
});
export type DriveFile = z.output<typeof DriveFile>;

export const fileFields =
  'id,name,mimeType,description,driveId,size,starred,trashed,explicitlyTrashed,shared,parents,createdTime,modifiedTime,' +
  'webViewLink,iconLink,md5Checksum,sharedWithMeTime,modifiedByMeTime,viewedByMeTime,owners(emailAddress,displayName),' +
  'permissions(type,emailAddress,domain,deleted,pendingOwner)';

export const Change = z.object({ changeType: text, removed: flag, fileId: text, file: DriveFile.optional() });
