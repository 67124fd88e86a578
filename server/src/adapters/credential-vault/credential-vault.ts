import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { CredentialVault } from '../../core/connections/index.ts';
import { AppError, type JsonObject, type Scope } from '../../core/shared/index.ts';
import type { KeyRing } from './key-ring.ts';

/*
 * version 1 | key id 4 | sealed data key (iv 12, tag 16, 32 bytes) | iv 12 | tag 16 | ciphertext
 *
 * Each record has a data key of its own, sealed by a key of the ring: rotating the ring rewraps 60 bytes a record. The
 * organisation and connection are authenticated with it, so that a record copied to another connection does not open.
 */
const version = 1;
const keyIdBytes = 4;
const ivBytes = 12;
const tagBytes = 16;
const dataKeyBytes = 32;
const wrappedBytes = ivBytes + tagBytes + dataKeyBytes;

const Credentials = z.record(z.string(), z.json());

export function createCredentialVault(ring: KeyRing): CredentialVault {
  const byId = new Map(ring.map((key) => [keyId(key).toString('hex'), key]));
  return {
    seal(scope, connectionId, credentials) {
      const context = contextOf(scope, connectionId);
      const dataKey = randomBytes(dataKeyBytes);
      const [sealingKey] = ring;
      return Buffer.concat([
        Buffer.from([version]),
        keyId(sealingKey),
        encrypt(sealingKey, dataKey, context),
        encrypt(dataKey, Buffer.from(JSON.stringify(credentials)), context),
      ]);
    },

    open(scope, connectionId, sealed) {
      const bytes = Buffer.from(sealed);
      const id = bytes.subarray(1, 1 + keyIdBytes).toString('hex');
      const key = byId.get(id);
      if (bytes[0] !== version || key === undefined) {
        throw new AppError(
          'internal',
          `The credentials are sealed with the key ${id}, which is not in ENCRYPTION_KEYS.`,
        );
      }
      const context = contextOf(scope, connectionId);
      const wrapped = bytes.subarray(1 + keyIdBytes, 1 + keyIdBytes + wrappedBytes);
      try {
        const dataKey = decrypt(key, wrapped, context);
        const text = decrypt(dataKey, bytes.subarray(1 + keyIdBytes + wrappedBytes), context).toString('utf8');
        return Credentials.parse(JSON.parse(text)) as JsonObject;
      } catch (error) {
        throw new AppError('internal', 'The credentials were changed, or belong to another connection.', {
          cause: error,
        });
      }
    },
  };
}

function contextOf(scope: Scope, connectionId: string): Buffer {
  return Buffer.from(`${scope.organizationId}/${connectionId}`);
}

function keyId(key: Uint8Array): Buffer {
  return createHash('sha256').update(key).digest().subarray(0, keyIdBytes);
}

function encrypt(key: Uint8Array, plain: Uint8Array, context: Buffer): Buffer {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(context);
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]);
}

function decrypt(key: Uint8Array, sealed: Buffer, context: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, ivBytes)).setAAD(context);
  decipher.setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes));
  return Buffer.concat([decipher.update(sealed.subarray(ivBytes + tagBytes)), decipher.final()]);
}
