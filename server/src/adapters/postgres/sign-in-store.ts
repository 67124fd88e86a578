import { type Selectable, sql, type Transaction } from 'kysely';
import { connectionEvent } from '../../core/events/index.ts';
import { AppError, OrganizationId, Scope, SourceConnectionId, SyncId } from '../../core/shared/index.ts';
import {
  type NewSignIn,
  type SignIn,
  type SignInOutcome,
  type SignInStore,
  statusesBefore,
} from '../../core/sign-in/index.ts';
import { activeJobStatuses } from '../../core/sync/index.ts';
import { insertConnection, insertJob } from './connection-inserts.ts';
import { findConnection, getConnection } from './connection-rows.ts';
import type { Database, Queries } from './database.ts';
import { appendEvents } from './event-outbox.ts';
import { notifyJobs } from './job-signal.ts';
import { isUniqueViolation } from './postgres-errors.ts';
import { appendSyncEvents } from './sync-events.ts';
import type { SourceSignInsTable, Tables } from './tables.ts';

/** Our own states differ; request tokens of OAuth 1 are as good as the source makes them. */
const oneState = 'source_sign_ins_state_hash_key';

export function createSignInStore(database: Database): SignInStore {
  return {
    async connect(scope, connection, signIn) {
      return database
        .scoped(scope)
        .transaction()
        .execute(async (transaction) => {
          await insertConnection(transaction, scope, connection);
          await insertSignIn(transaction, scope, signIn);
          return getConnection(transaction, scope, connection.id);
        });
    },

    async replace(scope, signIn) {
      await database
        .scoped(scope)
        .transaction()
        .execute(async (transaction) => {
          await transaction
            .updateTable('source_sign_ins')
            .set({ status: 'cancelled', secrets: null, link_code: null, link_url: null })
            .where('organization_id', '=', scope.organizationId)
            .where('source_connection_id', '=', signIn.connectionId)
            .where('status', 'in', statusesBefore('cancelled'))
            .execute();
          await transaction
            .deleteFrom('source_sign_ins')
            .where('organization_id', '=', scope.organizationId)
            .where('source_connection_id', '=', signIn.connectionId)
            .where('created_at', '<', sql<Date>`now() - interval '1 day'`)
            .execute();
          await insertSignIn(transaction, scope, signIn);
        });
    },

    async findNewest(scope, connectionId) {
      const row = await database
        .scoped(scope)
        .selectFrom('source_sign_ins')
        .selectAll()
        .where('organization_id', '=', scope.organizationId)
        .where('source_connection_id', '=', connectionId)
        .orderBy('created_at', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row === undefined ? undefined : toSignIn(row);
    },

    async takeLink(code, now) {
      const row = await database
        .system()
        .updateTable('source_sign_ins')
        .set({ link_code: null, link_url: null })
        .where('link_code', '=', code)
        .where('status', '=', 'pending')
        .where('expires_at', '>', now)
        .returningAll()
        .executeTakeFirst();
      return row === undefined ? undefined : toSignIn(row);
    },

    async findByState(stateHash) {
      const row = await database
        .system()
        .selectFrom('source_sign_ins')
        .selectAll()
        .where('state_hash', '=', Buffer.from(stateHash))
        .executeTakeFirst();
      return row === undefined ? undefined : toSignIn(row);
    },

    async move(signIn, status) {
      return moveTo(database.scoped(signIn.scope), signIn, status);
    },

    async finish(signIn, outcome) {
      return database
        .scoped(signIn.scope)
        .transaction()
        .execute(async (transaction) => {
          if (!(await moveTo(transaction, signIn, 'in_progress'))) return false;
          await authenticate(transaction, signIn, outcome);
          const connection = await findConnection(transaction, signIn.scope, outcome.connectionId);
          if (connection === undefined) return false;
          await prepareFirstRun(transaction, signIn.scope, outcome);
          const signedIn = {
            id: connection.id,
            collectionReadableId: connection.readableCollectionId,
            sourceType: connection.shortName,
            isAuthenticated: true,
          };
          const event = connectionEvent('source_connection.auth_completed', signedIn, new Date());
          await appendEvents(transaction, signIn.scope, [event]);
          return true;
        });
    },

    async confirm(signIn, jobId) {
      const { scope, connectionId } = signIn;
      return database
        .scoped(scope)
        .transaction()
        .execute(async (transaction) => {
          if (!(await moveTo(transaction, signIn, 'completed'))) return false;
          const sync = await transaction
            .updateTable('syncs')
            // A person's pause stays theirs.
            .set({ status: sql`case when paused_by = 'credentials' then 'active' else status end` })
            .set({ paused_by: sql`nullif(paused_by, 'credentials')`, modified_at: sql<Date>`now()` })
            .where('organization_id', '=', scope.organizationId)
            .where('source_connection_id', '=', connectionId)
            .returning('id')
            .executeTakeFirst();
          if (sync === undefined) return true;
          const claimed = await transaction
            .updateTable('sync_jobs')
            .set({ awaits_claim: false })
            .where('organization_id', '=', scope.organizationId)
            .where('sync_id', '=', sync.id)
            .where('awaits_claim', '=', true)
            .returning(['id', 'status'])
            .execute();
          const released = claimed.filter(({ status }) => activeJobStatuses.some((active) => active === status));
          // It may have been cancelled while it waited.
          if (released.length === 0 && !(await hasActiveJob(transaction, scope, sync.id))) {
            const first = { id: jobId, trigger: 'manual', forceFull: false } as const;
            await insertJob(transaction, scope, SyncId.parse(sync.id), first);
          }
          await appendSyncEvents(
            transaction,
            released.map(({ id }) => id),
            'sync.pending',
          );
          await notifyJobs(transaction);
          return true;
        });
    },
  };
}

async function hasActiveJob(queries: Queries, scope: Scope, syncId: string): Promise<boolean> {
  const active = await queries
    .selectFrom('sync_jobs')
    .select('id')
    .where('organization_id', '=', scope.organizationId)
    .where('sync_id', '=', syncId)
    .where('status', 'in', activeJobStatuses)
    .executeTakeFirst();
  return active !== undefined;
}

async function insertSignIn(queries: Queries, scope: Scope, signIn: NewSignIn): Promise<void> {
  await queries
    .insertInto('source_sign_ins')
    .values({
      id: signIn.id,
      organization_id: scope.organizationId,
      source_connection_id: signIn.connectionId,
      status: 'pending',
      state_hash: Buffer.from(signIn.stateHash),
      link_code: signIn.link.code,
      link_url: signIn.link.url,
      claim_hash: Buffer.from(signIn.claimHash),
      initiator: signIn.initiator,
      redirect_url: signIn.redirectUrl,
      schedule: signIn.schedule === null ? null : JSON.stringify(signIn.schedule),
      secrets: Buffer.from(signIn.sealedSecrets),
      expires_at: signIn.expiresAt,
    })
    .execute()
    .catch((error: unknown) => {
      if (!isUniqueViolation(error, oneState)) throw error;
      throw new AppError('upstream_failed', 'The source gave a request token that it gave before. Try again.', {
        cause: error,
      });
    });
}

async function moveTo(queries: Queries, signIn: SignIn, status: SignIn['status']): Promise<boolean> {
  const { numUpdatedRows } = await queries
    .updateTable('source_sign_ins')
    .set({ status, link_code: null, link_url: null })
    .where('organization_id', '=', signIn.scope.organizationId)
    .where('id', '=', signIn.id)
    .where('status', 'in', statusesBefore(status))
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** The secrets of the sign-in are no longer needed: a client of the user's own is kept with the tokens. */
async function authenticate(transaction: Transaction<Tables>, { id, scope }: SignIn, outcome: SignInOutcome) {
  await transaction
    .updateTable('source_connections')
    .set({
      credentials: Buffer.from(outcome.sealedCredentials),
      auth_method: outcome.authMethod,
      is_authenticated: true,
      credentials_error: null,
      credentials_checked_at: sql<Date>`now()`,
      modified_at: sql<Date>`now()`,
    })
    .where('organization_id', '=', scope.organizationId)
    .where('id', '=', outcome.connectionId)
    .execute();
  await transaction
    .updateTable('source_sign_ins')
    .set({ secrets: null })
    .where('organization_id', '=', scope.organizationId)
    .where('id', '=', id)
    .execute();
}

/** A run that waits for the claim; where one is active already, after that one nothing waits. */
async function prepareFirstRun(transaction: Transaction<Tables>, scope: Scope, outcome: SignInOutcome): Promise<void> {
  const { sync, connectionId, jobId } = outcome;
  await transaction
    .insertInto('syncs')
    .values({
      id: sync.id,
      organization_id: scope.organizationId,
      source_connection_id: connectionId,
      cron: sync.cron,
      time_zone: sync.timeZone,
      is_continuous: sync.isContinuous,
      next_run_at: sync.nextRunAt,
    })
    .onConflict((conflict) => conflict.column('source_connection_id').doNothing())
    .execute();
  await sql`
    insert into sync_jobs (id, organization_id, sync_id, status, trigger, awaits_claim)
    select ${jobId}, ${scope.organizationId}, sync.id, 'pending', 'manual', true from syncs sync
    where sync.source_connection_id = ${connectionId}
    on conflict do nothing`.execute(transaction);
}

function toSignIn(row: Selectable<SourceSignInsTable>): SignIn {
  return {
    id: row.id,
    scope: new Scope(OrganizationId.parse(row.organization_id)),
    connectionId: SourceConnectionId.parse(row.source_connection_id),
    status: row.status,
    claimHash: row.claim_hash,
    initiator: row.initiator,
    redirectUrl: row.redirect_url,
    schedule: row.schedule,
    sealedSecrets: row.secrets,
    expiresAt: row.expires_at,
  };
}
