import { z } from 'zod';
import type { Caller } from '../access/index.ts';
import { type CollectionId, type OrganizationId, Scope } from '../shared/index.ts';

export const ConnectSessionId = z.guid().brand<'ConnectSessionId'>();
export type ConnectSessionId = z.infer<typeof ConnectSessionId>;

/** What may be done in a session: everything, only adding connections, only looking after them, only signing in again. */
export const connectModes = ['all', 'connect', 'manage', 'reauth'] as const;
export type ConnectMode = (typeof connectModes)[number];

/** Leave to act on one collection for a few minutes without a key, as an embedded widget does for an end user. */
export interface ConnectSession {
  readonly id: ConnectSessionId;
  readonly organizationId: OrganizationId;
  readonly collectionId: CollectionId;
  readonly readableCollectionId: string;
  /** Short names of sources; null: all. */
  readonly allowedIntegrations: readonly string[] | null;
  readonly mode: ConnectMode;
  /** The customer's own name for whoever sits in front of it; null: nobody in particular. */
  readonly endUserId: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** Whoever shows the token of a session. Only endpoints with the access rule `connect` get one. */
export interface ConnectCaller extends Caller {
  readonly kind: 'connect_session';
  readonly session: ConnectSession;
}

export function toConnectCaller(session: ConnectSession): ConnectCaller {
  return {
    scope: new Scope(session.organizationId),
    kind: 'connect_session',
    userId: null,
    email: null,
    role: null,
    keyScopes: ['write'],
    collections: [session.readableCollectionId],
    connect: { sessionId: session.id, endUserId: session.endUserId },
    session,
  };
}
