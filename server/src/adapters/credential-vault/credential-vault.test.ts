import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { OrganizationId, Scope } from '../../core/shared/index.ts';
import { writeOnce } from '../data-directory/write-once.ts';
import { createCredentialVault } from './credential-vault.ts';
import { loadOrCreateKeyRing } from './key-ring.ts';

const scope = new Scope(OrganizationId.parse('11111111-1111-4111-8111-111111111111'));
const key = (byte: number) => new Uint8Array(32).fill(byte);
const credentials = { token: 's3cret-token', nested: { list: [1, 'two', null] } };

describe('sealed credentials', () => {
  test('open to what was sealed, and show nothing of it', () => {
    const vault = createCredentialVault([key(1)]);
    const sealed = vault.seal(scope, 'c1', credentials);
    expect(vault.open(scope, 'c1', sealed)).toEqual(credentials);
    expect(Buffer.from(sealed).includes('s3cret')).toBe(false);
    expect(Buffer.from(vault.seal(scope, 'c1', credentials))).not.toEqual(Buffer.from(sealed));
  });

  test('open with any key of the ring and are sealed with the first', () => {
    const sealed = createCredentialVault([key(1)]).seal(scope, 'c1', credentials);
    expect(createCredentialVault([key(2), key(1)]).open(scope, 'c1', sealed)).toEqual(credentials);
    expect(() => createCredentialVault([key(2)]).open(scope, 'c1', sealed)).toThrow(/not in ENCRYPTION_KEYS/);
  });

  test('do not open for another connection or organisation, nor when a bit was changed', () => {
    const vault = createCredentialVault([key(1)]);
    const sealed = vault.seal(scope, 'c1', credentials);
    const other = new Scope(OrganizationId.parse('22222222-2222-4222-8222-222222222222'));
    expect(() => vault.open(scope, 'c2', sealed)).toThrow(/belong to another connection/);
    expect(() => vault.open(other, 'c1', sealed)).toThrow(/belong to another connection/);
    for (const position of [6, 30, sealed.length - 1]) {
      const changed = Uint8Array.from(sealed, (byte, index) => (index === position ? byte ^ 1 : byte));
      expect(() => vault.open(scope, 'c1', changed)).toThrow();
    }
  });
});

test('the ring is made once, for its owner only, and refused when it was damaged', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'weft-ring-'));
  const path = join(directory, 'encryption-keys');
  const ring = await loadOrCreateKeyRing(path, writeOnce);
  expect(ring[0]).toHaveLength(32);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await loadOrCreateKeyRing(path, writeOnce)).map((one) => Buffer.from(one))).toEqual(
    ring.map((one) => Buffer.from(one)),
  );
  await writeFile(path, `${(await readFile(path, 'utf8')).slice(0, 10)}\n`);
  await expect(loadOrCreateKeyRing(path, writeOnce)).rejects.toThrow(/restore it from a backup/);
  await rm(directory, { recursive: true });
});
