import type { Command } from 'commander';
import type { Client } from '../client.ts';
import { exitCodes } from '../command-error.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import { isEnded } from '../render-progress.ts';
import { type CollectionState, renderStatus, type ServerState } from '../render-status.ts';
import { type CliContext, openSession } from '../session.ts';
import type { Collection, Connection, ConnectionListItem } from '../wire.ts';

/** Each connection's last run takes a request of its own; a status is no place for thousands. */
const maxDetails = 200;

export function addStatusCommand(program: Command, context: CliContext): void {
  program
    .command('status')
    .summary('how the server and its collections are')
    .description(
      'Says whether the server is ready, what each collection holds, how fresh it is, and what fails and why.',
    )
    .addHelpText(
      'after',
      `
Ends with 1 when the server answers but is not ready.

Examples:
  ./weft status
  ./weft status --json`,
    )
    .action(async (_options: unknown, command: Command) => {
      const session = await openSession(command, context);
      const state = await readState(session.client);
      session.answer(state, () => renderStatus(state, session.layout, context.now()));
      if (!state.is_ready) context.setExitCode(exitCodes.failure);
    });
}

async function readState(client: Client): Promise<ServerState> {
  const readiness = await client.readiness();
  const server = { url: client.url, version: await client.version(), checks: readiness.checks ?? {} };
  if (readiness.status !== 'ready') return { ...server, is_ready: false, collections: [] };

  const [collections, listed] = await Promise.all([client.listCollections(), client.listConnections()]);
  // Failing ones first, so that their reasons are there however many connections there are.
  const urgent = [...listed].sort((a, b) => Number(isFailing(b)) - Number(isFailing(a))).slice(0, maxDetails);
  const details = await mapConcurrently(urgent, 8, ({ id }) => client.getConnection(id));
  return {
    ...server,
    is_ready: true,
    collections: collections.map((collection) => toCollectionState(collection, listed, details)),
  };
}

function isFailing(connection: { readonly status?: string | null | undefined }): boolean {
  return connection.status === 'error' || connection.status === 'needs_reauth' || connection.status === 'pending_auth';
}

function toCollectionState(
  collection: Collection,
  listed: readonly ConnectionListItem[],
  details: readonly Connection[],
): CollectionState {
  const isOfThis = (connection: { readonly readable_collection_id: string }) =>
    connection.readable_collection_id === collection.readable_id;
  const own = details.filter(isOfThis);
  const jobs = own.flatMap(({ sync }) => sync?.last_job ?? []).filter(isEnded);
  const ends = jobs.map((job) => job.completed_at ?? job.started_at ?? '').filter((iso) => iso !== '');
  return {
    readable_id: collection.readable_id,
    name: collection.name,
    status: collection.status ?? 'unknown',
    documents: listed.filter(isOfThis).reduce((sum, { entity_count }) => sum + entity_count, 0),
    is_syncing: own.some(({ status }) => status === 'syncing'),
    last_sync: ends.sort().at(-1) ?? null,
    problems: own.flatMap((connection) => {
      const reason = toReason(connection);
      return reason === undefined ? [] : [{ source_connection_id: connection.id, name: connection.name, reason }];
    }),
  };
}

function toReason(connection: Connection): string | undefined {
  const held = connection.held_deletions;
  if (held) {
    return `The last run did not find ${held.count} of its ${held.total} documents. None was deleted: that needs a decision.`;
  }
  if (!isFailing(connection)) return undefined;
  return (
    connection.sync?.last_job?.error ?? connection.error_message ?? 'It waits for somebody to sign in to its source.'
  );
}
