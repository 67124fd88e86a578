import { serveRequests } from '../../child-process/serve-requests.ts';

/** Read while the engine loads. Merging files of 90,000 rows takes 200 MB beside the engine with 1,024 rows at a time, 350 with 8,192. */
process.env.LANCE_DEFAULT_BATCH_SIZE ??= '1024';
process.env.LANCE_DEFAULT_FRAGMENT_READAHEAD ??= '1';
process.env.LANCE_DEFAULT_IO_BUFFER_SIZE ??= String(16 * 2 ** 20);
const { lancedb } = await import('./engine.ts');
const { maintainIndexes } = await import('./index-build.ts');

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
