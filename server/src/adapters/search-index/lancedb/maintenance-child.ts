import { serveRequests } from '../../child-process/serve-requests.ts';
import { lancedb } from './engine.ts';
import { maintainIndexes } from './index-build.ts';

export interface MaintenanceRequest {
  readonly directory: string;
  readonly table: string;
  readonly isAlone: boolean;
}

serveRequests(async ({ directory, table: name, isAlone }: MaintenanceRequest): Promise<void> => {
  const session = new lancedb.Session(BigInt(16 * 2 ** 20), BigInt(8 * 2 ** 20));
  const connection = await lancedb.connect(directory, { session });
  const table = await connection.openTable(name);
  try {
    await maintainIndexes(table, { isAlone });
  } finally {
    table.close();
    connection.close();
  }
});
