import pg from 'pg';
import { silentLogger } from '../../../core/shared/index.ts';
import { startEmbeddedPostgres } from '../embedded-postgres.ts';

/**
 * Starts PostgreSQL on the folder and commits one row after another, saying each number once it is committed.
 * SIGTERM stops it as a server stops.
 */
let isStopping = false;
process.on('SIGTERM', () => {
  isStopping = true;
});
try {
  const postgres = await startEmbeddedPostgres({ directory: process.argv[2] ?? '', logger: silentLogger });
  postgres.onExit((exit) => process.stdout.write(`exit ${exit.isClean ? 'clean' : 'crash'}\n`));
  process.stdout.write(`ready ${postgres.pid} ${JSON.stringify(postgres.connection)}\n`);
  const pool = new pg.Pool({ ...postgres.connection, max: 2 });
  pool.on('error', () => undefined);
  await pool.query('create table if not exists kept (number bigint primary key)');
  const { rows } = await pool.query<{ next: string }>('select coalesce(max(number), 0) + 1 as next from kept');
  for (let number = Number(rows[0]?.next); !isStopping; number += 1) {
    await pool.query('insert into kept values ($1)', [number]);
    process.stdout.write(`kept ${number}\n`);
  }
  // The pool stays open: stopping must not wait for clients.
  await postgres.stop();
  process.stdout.write('stopped\n');
  process.exit(0);
} catch (error) {
  process.stdout.write(`failed: ${(error as Error).message}\n`);
  process.exit(1);
}
