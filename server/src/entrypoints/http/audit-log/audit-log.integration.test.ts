import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuditLog } from '../../../adapters/postgres/audit-log.ts';
import type { AuditReader } from '../../../core/audit/index.ts';
import { sweepAuditLog } from '../../../core/audit/index.ts';
import { Scope, silentLogger } from '../../../core/shared/index.ts';
import { type AccountFixture, createAccountFixture, type Person } from '../testing/account-fixture.ts';

let fixture: AccountFixture;
let owner: Person;
let reader: AuditReader;
let scope: Scope;
beforeAll(async () => {
  fixture = await createAccountFixture();
  owner = await fixture.createPerson('owner-of-all', 'owner');
  reader = createAuditLog(fixture.database);
  scope = new Scope(fixture.owner.organization.id);
});
afterAll(() => fixture.close());

const read = async (query = '') => (await owner.call('GET', `/audit-log${query}`)).body;

describe('the audit log', () => {
  test('says who made, rotated and deleted a key, when and from where, and never the key', async () => {
    const made = await owner.call('POST', '/api-keys', { name: 'Agent', scopes: ['search'] });
    const rotated = await owner.call('POST', `/api-keys/${made.body.id}/rotate`);
    await owner.call('DELETE', `/api-keys?id=${made.body.id}`);
    const { entries } = await read('?object_type=api_key&limit=3');
    expect(entries.map((entry: { action: string }) => entry.action)).toEqual([
      'api_key.deleted',
      'api_key.rotated',
      'api_key.created',
    ]);
    expect(entries[2]).toMatchObject({
      actor: { kind: 'user', user_id: owner.user.id, email: owner.user.email, api_key_id: null },
      object: { type: 'api_key', id: made.body.id },
      details: { name: 'Agent', scopes: ['search'] },
      request_id: made.headers.get('x-request-id'),
      address: '127.0.0.1',
    });
    expect(entries[1].details.rotated_from).toBe(made.body.id);
    expect(JSON.stringify(entries)).not.toContain(made.body.decrypted_key);
    expect(JSON.stringify(entries)).not.toContain(rotated.body.decrypted_key);
  });

  test('is read page by page, and narrowed', async () => {
    for (let round = 0; round < 5; round += 1) await owner.call('POST', '/api-keys');
    const all = (await read('?action=api_key.created')).entries.map((entry: { id: number }) => entry.id);
    const paged: number[] = [];
    for (let cursor: number | null | undefined; cursor !== null; ) {
      const page = await read(`?action=api_key.created&limit=2${cursor === undefined ? '' : `&cursor=${cursor}`}`);
      paged.push(...page.entries.map((entry: { id: number }) => entry.id));
      cursor = page.next_cursor;
    }
    expect(paged).toEqual(all);
    expect((await read('?actor_email=nobody@example.com')).entries).toEqual([]);
    expect((await read(`?until=${encodeURIComponent('2020-01-01T00:00:00Z')}`)).entries).toEqual([]);
    expect((await read('?since=2020-01-01T00:00:00Z')).entries.length).toBeGreaterThan(5);
    for (const bad of ['?action=x', '?limit=0', '?cursor=x', '?since=yesterday']) {
      expect((await owner.call('GET', `/audit-log${bad}`)).status).toBe(422);
    }
  });

  test('is exported line by line, and the export is an entry itself', async () => {
    const answer = await owner.call('GET', '/audit-log/export?object_type=api_key');
    expect(answer.headers.get('content-type')).toContain('application/jsonl');
    const lines = String(answer.body)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toEqual((await read('?object_type=api_key&limit=1000')).entries);
    expect((await read('?limit=1')).entries[0]).toMatchObject({ action: 'export.made', object: { type: 'audit_log' } });
  });

  test('is for owners, and each organization sees its own', async () => {
    for (const role of ['admin', 'member'] as const) {
      const person = await fixture.createPerson(`audit-${role}`, role);
      for (const path of ['/audit-log', '/audit-log/export', '/audit-log/settings']) {
        expect((await person.call('GET', path)).status).toBe(403);
      }
    }
    expect((await fixture.ask('GET', '/audit-log', { key: await fixture.createKey() })).status).toBe(403);
    const headers = { 'x-organization-id': fixture.foreign.caller.scope.organizationId };
    const foreign = await fixture.ask('GET', '/audit-log', { bearer: fixture.operatorToken, headers });
    expect(
      foreign.body.entries.every((entry: { actor: { email: string } }) => entry.actor.email === 'other@example.com'),
    ).toBe(true);
  });

  test('cannot be changed by the server, nor by who the server connects as', async () => {
    const queries = fixture.database.system();
    await expect(queries.updateTable('audit_log').set({ action: 'x' }).execute()).rejects.toThrow(/permission denied/);
    await expect(queries.deleteFrom('audit_log').execute()).rejects.toThrow(/permission denied/);
    await expect(sql`truncate audit_log`.execute(queries)).rejects.toThrow(/permission denied/);
    // As the owner of the tables, on a connection that is thrown away: the second wall.
    await expect(
      queries.transaction().execute(async (transaction) => {
        await sql`reset role`.execute(transaction);
        await sql`delete from audit_log`.execute(transaction);
      }),
    ).rejects.toThrow(/append-only/);
  });

  test('is kept as long as owners say, and no longer', async () => {
    expect((await owner.call('GET', '/audit-log/settings')).body).toEqual({ retention_days: 365 });
    await owner.call('PUT', '/audit-log/settings', { retention_days: 30 });
    expect((await owner.call('GET', '/audit-log/settings')).body).toEqual({ retention_days: 30 });
    expect((await owner.call('PUT', '/audit-log/settings', { retention_days: 0 })).status).toBe(422);
    expect((await read('?limit=1')).entries[0]).toMatchObject({ action: 'settings.changed', details: { value: 30 } });
    const sweep = (daysFromNow: number) =>
      sweepAuditLog(
        { reader, logger: silentLogger },
        {
          now: new Date(Date.now() + daysFromNow * 86_400_000),
          defaultDays: 365,
          signal: new AbortController().signal,
        },
      );
    const before = (await fixture.readAuditLog()).length;
    await sweep(29);
    expect(await fixture.readAuditLog()).toHaveLength(before);
    const other = new Scope(fixture.foreign.caller.scope.organizationId);
    const countOther = async () => (await reader.list(other, {}, { before: null, limit: 1_000 })).length;
    const kept = await countOther();
    await sweep(31);
    expect(await fixture.readAuditLog()).toEqual([]);
    expect(kept).toBeGreaterThan(0);
    expect(await countOther()).toBe(kept);
    expect(scope.organizationId).not.toBe(other.organizationId);
  });
});
