import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { silentLogger } from '../../../core/shared/index.ts';
import { startEmbeddedPostgres } from '../embedded-postgres.ts';

/** Commits until PostgreSQL falls over on a full disk, makes room, and says what is there when it is back. */
const directory = process.argv[2] ?? '';
const filler = path.join(directory, '..', 'filler');
await writeFile(filler, Buffer.alloc(40 * 2 ** 20));
const postgres = await startEmbeddedPostgres({ directory, logger: silentLogger });
const crashed = new Promise((resolve) => postgres.onExit(resolve));
let isDown = false;
void crashed.then(() => {
  isDown = true;
});
const pool = new pg.Pool({ ...postgres.connection, max: 1 });
pool.on('error', () => undefined);
await pool.query('create table kept (number int, filling text)');
let acknowledged = 0;
while (!isDown) {
  try {
    await pool.query("insert into kept select $1, string_agg(md5(g::text), '') from generate_series(1, 20000) g", [acknowledged]);
    acknowledged += 1;
  } catch {
    await delay(20);
  }
}
process.stdout.write('crashed\n');
await delay(1_000);
await rm(filler);
for (;;) {
  try {
    const { rows } = await pool.query<{ count: number }>('select count(*)::int from kept');
    process.stdout.write(`kept ${acknowledged} found ${rows[0]?.count}\n`);
    break;
  } catch {
    await delay(100);
  }
}
await pool.end();
await postgres.stop();
