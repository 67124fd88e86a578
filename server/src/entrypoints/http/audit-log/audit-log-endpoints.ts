import type { AuditReader } from '../../../core/audit/index.ts';
import type { Endpoint } from '../endpoint.ts';
import { getAuditSettingsEndpoint, setAuditSettingsEndpoint } from './audit-settings.ts';
import { exportAuditLogEndpoint } from './export-audit-log.ts';
import { listAuditLogEndpoint } from './list-audit-log.ts';

export interface AuditLogDependencies {
  readonly reader: AuditReader;
  /** Of organisations that have set nothing themselves. */
  readonly defaultRetentionDays: number;
}

export function auditLogEndpoints({ reader, defaultRetentionDays }: AuditLogDependencies): readonly Endpoint[] {
  return [
    listAuditLogEndpoint(reader),
    exportAuditLogEndpoint(reader),
    getAuditSettingsEndpoint(reader, defaultRetentionDays),
    setAuditSettingsEndpoint(reader),
  ];
}
