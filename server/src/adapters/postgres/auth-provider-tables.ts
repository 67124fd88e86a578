import type { Timestamp } from './tables.ts';

/** Accounts at auth providers; what is chosen of sources to be read is beside them in the migration, and so here. */
export interface AuthProviderConnectionsTable {
  id: string;
  organization_id: string;
  readable_id: string;
  name: string;
  short_name: string;
  description: string | null;
  credentials: Buffer;
  masked_client_id: string | null;
  created_by_email: string | null;
  modified_by_email: string | null;
  created_at: Timestamp;
  modified_at: Timestamp;
}

export interface BrowseSelectionsTable {
  source_connection_id: string;
  source_node_id: string;
  organization_id: string;
  position: number;
}
