import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { AppError, OrganizationId } from '../shared/index.ts';
import { type ConnectSession, ConnectSessionId } from './connect-session.ts';

/** Secrets of 32 bytes. The first signs, all verify, so that they can be exchanged one after the other. */
export type SigningKeys = readonly [Uint8Array, ...Uint8Array[]];

/** Not the keys themselves, which seal credentials. All processes have the same. */
export function deriveSigningKeys([first, ...others]: SigningKeys): SigningKeys {
  const derive = (key: Uint8Array) => createHmac('sha256', key).update('weft connect sessions').digest();
  return [derive(first), ...others.map(derive)];
}

/** What a token says about itself. Everything else is looked up, since it may be revoked. */
export interface TokenClaims {
  readonly sessionId: ConnectSessionId;
  readonly organizationId: OrganizationId;
}

/** A token travels in a header, of which servers and proxies take 8 KB. */
const maxTokenLength = 7_000;

const Payload = z.object({ sid: ConnectSessionId, oid: OrganizationId });
const encodedBytes = 32;

/**
 * `base64url(JSON).base64url(HMAC-SHA256)`, in the keys that clients of this API know: the widget reads `sid` to know which
 * session it is in.
 *
 * @param nonce makes two tokens of one session differ
 * @throws AppError('unprocessable') when it would be too long for a header
 */
export function signSession(session: ConnectSession, keys: SigningKeys, nonce: string): string {
  const json = JSON.stringify({
    sid: session.id,
    oid: session.organizationId,
    cid: session.readableCollectionId,
    int: session.allowedIntegrations,
    mode: session.mode,
    uid: session.endUserId,
    ts: Math.floor(session.createdAt.getTime() / 1_000),
    nonce,
  });
  const payload = Buffer.from(toPlainBase64Json(json)).toString('base64url');
  const token = `${payload}.${signatureOf(payload, keys[0]).toString('base64url')}`;
  if (token.length > maxTokenLength) {
    throw new AppError(
      'unprocessable',
      'Too much for one session: name fewer integrations, or a shorter end user id.',
      {
        details: { field: 'allowed_integrations' },
      },
    );
  }
  return token;
}

/** @returns undefined for anything that was not signed here */
export function verifyToken(token: string, keys: SigningKeys): TokenClaims | undefined {
  if (token.length > maxTokenLength) return undefined;
  const [payload, signature, ...more] = token.split('.');
  if (payload === undefined || signature === undefined || more.length > 0) return undefined;
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== encodedBytes) return undefined;
  if (!keys.some((key) => timingSafeEqual(given, signatureOf(payload, key)))) return undefined;
  const { data } = Payload.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
  return data && { sessionId: data.sid, organizationId: data.oid };
}

/**
 * The same JSON, in characters whose base64 has neither `-` nor `_`: the widget decodes it with `atob`, which knows only the
 * older alphabet.
 */
function toPlainBase64Json(json: string): string {
  return json.replaceAll(/[^ -~]|[>?~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function signatureOf(payload: string, key: Uint8Array): Buffer {
  return createHmac('sha256', key).update(payload).digest();
}
