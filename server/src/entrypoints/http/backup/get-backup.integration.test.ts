import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackupRequest } from '../../../core/backup/index.ts';
import { AppError } from '../../../core/shared/index.ts';
import { createHttpFixture, type HttpFixture } from '../testing/http-fixture.ts';
import { getBackupEndpoint } from './get-backup.ts';

let answer: (request: BackupRequest) => Promise<Readable> = async () => Readable.from(['bytes']);
const endpoints = () => [getBackupEndpoint({ open: (request) => answer(request) })];

describe('GET /backup', () => {
  let fixture: HttpFixture;
  beforeAll(async () => {
    fixture = await createHttpFixture({ endpoints });
  });
  afterAll(() => fixture.close());

  const ask = (path = '/backup') => fixture.ask('GET', path, { bearer: fixture.operatorToken });

  test('gives the operator the bytes', async () => {
    const asked: boolean[] = [];
    answer = async ({ includeKeys }) => {
      asked.push(includeKeys);
      return Readable.from([Buffer.from('one '), Buffer.from('two')]);
    };
    const { status, headers, body } = await ask();
    expect({ status, body }).toEqual({ status: 200, body: 'one two' });
    expect(headers.get('content-type')).toBe('application/x-tar');
    await ask('/backup?keys=false');
    expect(asked).toEqual([true, false]);
    expect((await ask('/backup?keys=perhaps')).status).toBe(422);
  });

  test('is for nobody else: no key of any organisation, not even one that may do everything', async () => {
    expect((await fixture.ask('GET', '/backup')).status).toBe(401);
    const admin = await fixture.createKey();
    const { status, body } = await fixture.ask('GET', '/backup', { key: admin });
    expect(status).toBe(403);
    expect(body.detail).toContain('Only the operator');
    const callers = [{ key: await fixture.createKey({ scopes: ['admin'] }) }, { key: fixture.foreign.key }];
    for (const caller of callers) expect((await fixture.ask('GET', '/backup', caller)).status).toBe(403);
    expect((await fixture.ask('GET', '/backup', { bearer: 'not-the-token' })).status).toBe(401);
  });

  test('says why it cannot begin', async () => {
    answer = () => Promise.reject(new AppError('conflict', 'Another backup is being made.'));
    expect(await ask()).toMatchObject({ status: 409, body: { detail: 'Another backup is being made.' } });
  });

  test('cuts the connection when it fails on the way, so that nobody takes it for whole', async () => {
    answer = async () =>
      Readable.from(
        (async function* () {
          yield Buffer.alloc(100_000);
          throw new Error('the disk broke');
        })(),
      );
    await expect(ask()).rejects.toThrow();
  });

  test('is given up when the reader goes away', async () => {
    let isClosed = false;
    answer = async () =>
      Readable.from(
        (async function* () {
          try {
            for (;;) yield Buffer.alloc(65_536);
          } finally {
            isClosed = true;
          }
        })(),
      );
    const leaving = new AbortController();
    const headers = { authorization: `Bearer ${fixture.operatorToken}` };
    const response = await fetch(`${fixture.url}/backup`, { headers, signal: leaving.signal });
    await response.body?.getReader().read();
    leaving.abort();
    await expect.poll(() => isClosed, { timeout: 10_000 }).toBe(true);
  });
});

test('without authentication everyone on the machine acts as its owner, but not as its operator', async () => {
  const fixture = await createHttpFixture({ endpoints, isOpen: true });
  try {
    answer = async () => Readable.from(['bytes']);
    expect((await fixture.ask('GET', '/backup')).status).toBe(403);
    expect((await fixture.ask('GET', '/backup', { bearer: fixture.operatorToken })).status).toBe(200);
  } finally {
    await fixture.close();
  }
});
