/** PostgreSQL's settings by name, as in postgresql.conf. */
export type PostgresSettings = Readonly<Record<string, string>>;

/**
 * Given on the command line at each start, so that a new version of ours needs no edit of files in old data.
 * Small rather than fast where the two meet: the whole server is to idle in 350 MB.
 */
export const defaultSettings: PostgresSettings = {
  shared_buffers: '32MB',
  max_connections: '60',
  // POSIX shared memory is 64 MB in many containers, and a full /dev/shm kills with SIGBUS.
  dynamic_shared_memory_type: 'mmap',
  huge_pages: 'off',
  // No workers that wait for nothing: one process less each for I/O and for logical replication.
  io_method: 'sync',
  max_logical_replication_workers: '0',
  max_worker_processes: '4',
  max_parallel_workers: '2',
  max_parallel_workers_per_gather: '1',
  autovacuum_max_workers: '2',
  autovacuum_worker_slots: '2',
  maintenance_work_mem: '32MB',
  jit: 'off',
  // Nobody replicates or archives, so the log need only survive a crash.
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '512MB',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  unix_socket_permissions: '0700',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
  logging_collector: 'off',
  log_destination: 'stderr',
  log_line_prefix: '',
  // Failed statements go to the client that sent them; written here they would carry text of documents.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
};

/** `-c name=value` for each; later ones win. */
export function toArguments(...settings: readonly PostgresSettings[]): readonly string[] {
  return Object.entries(Object.assign({}, ...settings) as PostgresSettings).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
}
