import { z } from 'zod';
import { type Access, cursorPages, get, type SourceApi, SourceError } from '../../connector-kit/index.ts';
import { type DriveFile, Permission } from './drive-objects.ts';

const pages = cursorPages({ items: 'permissions', next: 'nextPageToken', param: 'pageToken' });

/**
 * Who may see a file. Drive gives the permissions with a file that the signed-in user may share; for others, such as those of
 * shared drives, it is asked for them, and where it does not tell, the owners and nobody else.
 *
 * Groups and domains are named by labels that open nothing: Drive does not say who belongs to them.
 */
export async function readAccess(file: DriveFile, api: SourceApi): Promise<Access> {
  return toAccess(file.permissions ?? (await listPermissions(file, api)));
}

async function listPermissions({ id, owners }: DriveFile, api: SourceApi): Promise<readonly Permission[]> {
  const call = get('/files/{id}/permissions', {
    at: { id },
    query: {
      supportsAllDrives: true,
      pageSize: 100,
      fields: 'nextPageToken,permissions(type,emailAddress,domain,deleted,pendingOwner)',
    },
  });
  const permissions: Permission[] = [];
  try {
    for await (const permission of api.list(call, pages, Permission)) permissions.push(permission);
    return permissions;
  } catch (error) {
    if (!(error instanceof SourceError) || error.kind !== 'entity') throw error;
    return owners.map(({ emailAddress }) => Permission.parse({ type: 'user', emailAddress }));
  }
}

function toAccess(permissions: readonly Permission[]): Access {
  const standing = permissions.filter(({ deleted, pendingOwner }) => !deleted && !pendingOwner);
  const viewers = standing.flatMap(({ type, emailAddress, domain }) => {
    if (type === 'user' && emailAddress !== undefined) return [`user:${emailAddress}`];
    if (type === 'group' && emailAddress !== undefined) return [`group:${emailAddress}`];
    return type === 'domain' && domain !== undefined ? [`group:domain:${domain}`] : [];
  });
  return { viewers: [...new Set(viewers)].sort(), isPublic: standing.some(({ type }) => type === 'anyone') };
}

export const StartPageToken = z.object({ startPageToken: z.string() });
