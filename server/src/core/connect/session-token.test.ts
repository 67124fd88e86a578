import { expect, test } from 'vitest';
import { CollectionId, newId, OrganizationId } from '../shared/index.ts';
import { type ConnectSession, ConnectSessionId } from './connect-session.ts';
import { deriveSigningKeys, signSession, verifyToken } from './session-token.ts';

const [oldKey, newKey] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const session: ConnectSession = {
  id: newId(ConnectSessionId),
  organizationId: newId(OrganizationId),
  collectionId: newId(CollectionId),
  readableCollectionId: 'papers',
  allowedIntegrations: null,
  mode: 'all',
  endUserId: 'ann',
  createdAt: new Date(1_700_000_000_500),
  expiresAt: new Date(1_700_000_600_500),
};

test('a token says which session it is of, in the keys that clients know', () => {
  const token = signSession(session, [oldKey], 'once');
  expect(verifyToken(token, [oldKey])).toEqual({ sessionId: session.id, organizationId: session.organizationId });
  expect(JSON.parse(atob(token.split('.')[0] ?? ''))).toEqual({
    ...{ sid: session.id, oid: session.organizationId, cid: 'papers', int: null, mode: 'all', uid: 'ann' },
    ...{ ts: 1_700_000_000, nonce: 'once' },
  });
});

test('tokens of a key outlive its being followed by another one, and not its being taken away', () => {
  const token = signSession(session, [oldKey], 'once');
  expect(verifyToken(token, [newKey, oldKey])).toBeDefined();
  expect(verifyToken(signSession(session, [newKey, oldKey], 'once'), [newKey])).toBeDefined();
  expect(verifyToken(token, [newKey])).toBeUndefined();
});

test('the keys that sign are not those of the ring', () => {
  const ring = [oldKey, newKey] as const;
  const derived = deriveSigningKeys(ring);
  expect(derived).toHaveLength(2);
  expect(verifyToken(signSession(session, ring, 'once'), derived)).toBeUndefined();
  expect(verifyToken(signSession(session, deriveSigningKeys([newKey]), 'once'), derived)).toBeDefined();
});

test.each(Array.from({ length: 12 }, (_, length) => `${'a'.repeat(length)}?~>\u007fÿ🙂`))(
  'every end user id leaves what the oldest decoder of base64 reads: %s',
  (endUserId) => {
    const [payload = ''] = signSession({ ...session, endUserId }, [oldKey], 'once').split('.');
    expect(payload).toMatch(/^[A-Za-z0-9]+$/);
    expect(JSON.parse(atob(payload)).uid).toBe(endUserId);
  },
);
