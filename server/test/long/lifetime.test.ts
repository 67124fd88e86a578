import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { signalAll } from '../../scripts/process-tree.ts';
import { ServerStartError } from '../../scripts/server-process.ts';
import { startEmbeddedPostgres } from '../../src/adapters/embedded-postgres/embedded-postgres.ts';
import { silentLogger } from '../../src/core/shared/index.ts';
import { ServerFixture } from '../server-fixture.ts';

const fixture = ServerFixture.use();
const options = { timeout: 240_000 };

/** Starts a server that must refuse to. */
async function refusalOf(env: Readonly<Record<string, string | undefined>> = {}): Promise<ServerStartError> {
  const error: unknown = await fixture.start(env).then(
    () => new Error('the server started'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ServerStartError)) throw error;
  return error;
}

describe('a start', () => {
  it('is refused on a data directory that another server has, which goes on', options, async () => {
    const first = await fixture.start();
    const refusal = await refusalOf();
    expect(refusal.exitCode).toBe(1);
    expect(refusal.output).toContain(`is in use by process ${first.processId}`);
    expect(refusal.output).toMatch(/Stop that one first, or set WEFT_DATA_DIR to another folder/);
    expect(refusal.output).not.toMatch(/^\s+at /m);
    expect(await first.api.get('/collections')).toHaveLength(1);
  });

  it('is refused on a port that is in use, and leaves nothing running', options, async () => {
    const other = createServer();
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo; // a TCP server that listens always has this form
    try {
      const refusal = await refusalOf({ PORT: String(port) });
      expect(refusal.exitCode).toBe(1);
      expect(refusal.output).toMatch(new RegExp(`${port}.* in use.*PORT`, 's'));
      expect(refusal.output).not.toMatch(/^\s+at /m);
    } finally {
      other.close();
    }
    const server = await fixture.start();
    expect(await server.stop()).toMatchObject({ exitCode: 0 });
  });

  it('names every mistake of the environment at once', options, async () => {
    const refusal = await refusalOf({
      PORT: '70000',
      LOG_LEVEL: 'loud',
      SYNC_CONCURRENCY: 'many',
      AUTH_ENABLED: 'perhaps',
      ENCRYPTION_KEYS: 'secret-that-is-no-key',
    });
    expect(refusal.exitCode).toBe(1);
    for (const name of ['PORT', 'LOG_LEVEL', 'SYNC_CONCURRENCY', 'AUTH_ENABLED', 'ENCRYPTION_KEYS']) {
      expect(refusal.output).toMatch(new RegExp(`^ +- ${name} `, 'm'));
    }
    expect(refusal.output).not.toContain('secret-that-is-no-key');
  });

  it('is refused on a database of a newer version, which stays as it is', options, async () => {
    await (await fixture.start()).stop();
    const migrations = () =>
      onDatabase(
        "insert into schema_migrations (name, checksum) values ('9999_later.sql', 'x') on conflict do nothing",
      );
    await migrations();
    const refusal = await refusalOf();
    expect(refusal.exitCode).toBe(1);
    expect(refusal.output).toMatch(/made by a newer version of Weft \(it has 9999_later\.sql\)\. Start that version/);
    expect(refusal.output).not.toMatch(/^\s+at /m);
    await onDatabase("delete from schema_migrations where name = '9999_later.sql'");
    const server = await fixture.start();
    expect(await server.api.get('/collections')).toHaveLength(1);
  });
});

describe('a stop', () => {
  it.each([
    ['one SIGTERM', ['SIGTERM'], false],
    ['one SIGINT', ['SIGINT'], false],
    ['SIGTERM to every process at once, twice', ['SIGTERM', 'SIGTERM'], true],
    ['SIGINT to every process, as a terminal sends it, then SIGTERM', ['SIGINT', 'SIGTERM'], true],
  ] as const)(
    'by %s ends with 0 within 10 s, while a sync runs, which goes on at the next start',
    options,
    async (_, signals, isToAll) => {
      const server = await fixture.start({ ENABLE_INTERNAL_SOURCES: 'true' });
      await server.api.post('/collections', { name: 'Slow things', readable_id: 'slow' });
      const { id } = await server.api.post<{ id: string }>('/source-connections', {
        short_name: 'timed',
        readable_collection_id: 'slow',
        config: { entity_count: 60, duration_seconds: 8 },
      });
      await expect
        .poll(async () => (await server.api.get<{ status: string }>(`/source-connections/${id}`)).status, {
          timeout: 30_000,
        })
        .toBe('syncing');
      const began = performance.now();
      const targets = isToAll ? server.processIds() : [server.processId];
      for (const signal of signals) signalAll(targets, signal);
      const { exitCode } = await server.ended;
      expect([exitCode, performance.now() - began < 10_000], server.output()).toEqual([0, true]);

      const next = await fixture.start({ ENABLE_INTERNAL_SOURCES: 'true' });
      await expect
        .poll(
          async () => await next.api.get<{ entities: object | null; status: string }>(`/source-connections/${id}`),
          {
            timeout: 90_000,
            interval: 200,
          },
        )
        .toMatchObject({ status: 'active', entities: { total_entities: 61 } });
      expect(await next.stop()).toMatchObject({ exitCode: 0 });
    },
  );

  it('by SIGKILL lets the next start work at once, several times', options, async () => {
    for (let round = 0; round < 3; round += 1) {
      const server = await fixture.start();
      expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
      // In turn everything, and only the server, whose helpers must notice by themselves.
      if (round % 2 === 0) await server.kill();
      else await server.stop('SIGKILL');
    }
    const server = await fixture.start();
    expect(await server.api.get('/collections')).toHaveLength(1);
  });
});

async function onDatabase(statement: string): Promise<void> {
  const postgres = await startEmbeddedPostgres({
    directory: join(fixture.dataDirectory, 'postgres'),
    logger: silentLogger,
  });
  try {
    const client = new pg.Client(postgres.connection);
    await client.connect();
    await client.query(statement);
    await client.end();
  } finally {
    await postgres.stop();
  }
}
