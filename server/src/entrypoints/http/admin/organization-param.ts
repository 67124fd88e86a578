import { z } from 'zod';
import type { AdministrationStore } from '../../../core/administration/index.ts';
import { AppError, OrganizationId, Scope } from '../../../core/shared/index.ts';

export const OrganizationParams = z.object({ organization_id: OrganizationId });

/** @throws AppError('not_found') */
export async function findOrganization(
  administration: Pick<AdministrationStore, 'hasOrganization'>,
  id: OrganizationId,
): Promise<Scope> {
  if (await administration.hasOrganization(id)) return new Scope(id);
  throw new AppError('not_found', 'Organization not found');
}
