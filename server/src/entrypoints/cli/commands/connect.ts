import { stat } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Client, FolderConfig } from '../client.ts';
import { CommandError, exitCodes } from '../command-error.ts';
import { nameForReadableId, namesForFolder } from '../folder-names.ts';
import { followSync } from '../follow-sync.ts';
import { RefusedError } from '../http-client.ts';
import { repeated } from '../option-parsers.ts';
import { isEnded } from '../render-progress.ts';
import { renderSyncSummary } from '../render-sync-summary.ts';
import { type CliContext, openSession, type Session } from '../session.ts';
import { toTerminalText } from '../terminal-text.ts';
import type { Collection, Connection } from '../wire.ts';

interface ConnectOptions {
  readonly collection?: string;
  readonly name?: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly watch?: boolean;
  readonly wait: boolean;
}

export function addConnectCommand(program: Command, context: CliContext): void {
  program
    .command('connect')
    .summary('make a folder searchable')
    .description(
      'Reads a folder of the server into a collection and keeps it fresh. Run again, it reads the folder again.',
    )
    .argument('<folder>', 'the folder, as the server sees it')
    .option(
      '-c, --collection <id>',
      'readable id of the collection; made when missing (default: named after the folder)',
    )
    .option('-n, --name <name>', 'name of the connection (default: the folder’s)')
    .option('--include <glob>', 'read only files like this; may be given several times', repeated)
    .option('--exclude <glob>', 'leave out files like this; may be given several times', repeated)
    .option('--watch', 'read changes within seconds, not once a day')
    .option('--no-wait', 'return once the sync has started')
    .addHelpText(
      'after',
      `
Examples:
  ./weft connect ~/notes
  ./weft connect ./docs --collection handbook --watch
  ./weft connect . --include '**/*.md' --exclude 'drafts/**' --no-wait`,
    )
    .action(async (folder: string, options: ConnectOptions, command: Command) => {
      await connect(await openSession(command, context), folder, options);
    });
}

async function connect(session: Session, folder: string, options: ConnectOptions): Promise<void> {
  const path = await resolveFolder(session, folder);
  const names = namesForFolder(path);
  const collection = await findOrCreateCollection(session, options.collection ?? names.readableId, {
    name: options.collection === undefined ? names.collectionName : nameForReadableId(options.collection),
  });
  const { connection, jobId } = await startSync(session, collection.readable_id, path, {
    ...options,
    defaultName: names.connectionName,
  });
  if (!options.wait) {
    session.answer(
      { collection, source_connection: connection },
      () =>
        `Weft reads ${toTerminalText(path)} into "${collection.readable_id}". See how far it is: ./weft jobs ${connection.id}`,
    );
    return;
  }
  const job = await followSync(session, { connectionId: connection.id, jobId });
  if (job === undefined) {
    throw new CommandError(
      exitCodes.interrupted,
      'interrupted',
      `Weft goes on reading the folder; only the watching stopped. See how far it is: ./weft jobs ${connection.id}`,
    );
  }
  session.answer({ collection, source_connection: connection, job }, () =>
    renderSyncSummary(job, collection.readable_id, session.paint),
  );
  if (job.status !== 'completed') session.context.setExitCode(exitCodes.failure);
}

/** A folder that is not there is said at once when the server is on this machine; elsewhere only the server knows. */
async function resolveFolder(session: Session, folder: string): Promise<string> {
  const host = new URL(session.client.url).hostname;
  const isLocal = host === 'localhost' || host === '[::1]' || host.startsWith('127.');
  const path = isAbsolute(folder) ? folder : resolve(session.context.workingDirectory, folder);
  if (!isLocal) return path;
  const found = await stat(path).catch(() => undefined); // unreadable is the same as missing here
  if (found?.isDirectory() === true) return resolve(path);
  const why = found === undefined ? 'There is no such folder' : 'That is a file, not a folder';
  throw new CommandError(
    exitCodes.notFound,
    'folder_not_found',
    `${why}: ${toTerminalText(path)}\nCheck the spelling, or give the whole path.`,
  );
}

async function findOrCreateCollection(
  session: Session,
  readableId: string,
  { name }: { readonly name: string },
): Promise<Collection> {
  try {
    const collection = await session.client.getCollection(readableId);
    session.note(`Adding to the collection "${collection.readable_id}".`);
    return collection;
  } catch (error) {
    if (!(error instanceof RefusedError) || error.status !== 404) throw error;
  }
  const made = await session.client.createCollection({ name, readable_id: readableId });
  session.note(`Made the collection "${made.readable_id}".`);
  return made;
}

interface StartedSync {
  readonly connection: Connection;
  readonly jobId: string | undefined;
}

/** A folder that this collection already reads is read again, so that nothing is there twice. */
async function startSync(
  session: Session,
  collection: string,
  path: string,
  options: ConnectOptions & { readonly defaultName: string },
): Promise<StartedSync> {
  const { client } = session;
  const config: FolderConfig = {
    path,
    ...(options.include === undefined ? {} : { include: options.include }),
    ...(options.exclude === undefined ? {} : { exclude: options.exclude }),
    ...(options.watch === undefined ? {} : { watch: options.watch }),
  };
  const known = await findConnection(client, collection, path);
  if (known === undefined) {
    const connection = await client.connectFolder(collection, options.name ?? options.defaultName, config);
    return { connection, jobId: connection.sync?.last_job?.id };
  }
  session.note('This folder is connected already; reading it again.');
  const hasNewConfig = options.include !== undefined || options.exclude !== undefined || options.watch !== undefined;
  const connection =
    hasNewConfig || options.name !== undefined
      ? await client.updateConnection(known.id, {
          ...(options.name === undefined ? {} : { name: options.name }),
          ...(hasNewConfig ? { config: { ...known.config, ...config } } : {}),
        })
      : known;
  return { connection, jobId: await runOrJoin(client, connection.id) };
}

async function findConnection(client: Client, collection: string, path: string): Promise<Connection | undefined> {
  const listed = await client.listConnections(collection);
  for (const { id } of listed.filter(({ short_name }) => short_name === 'files')) {
    const connection = await client.getConnection(id);
    const known = connection.config?.path;
    if (typeof known === 'string' && resolve(known) === resolve(path)) return connection;
  }
  return undefined;
}

/** A run that is under way already is the one to watch: the API refuses a second one. */
async function runOrJoin(client: Client, connectionId: string): Promise<string | undefined> {
  try {
    return (await client.runConnection(connectionId)).id;
  } catch (error) {
    if (!(error instanceof RefusedError) || error.status !== 400) throw error;
    const [latest] = await client.listJobs(connectionId, 1);
    if (latest === undefined || isEnded(latest)) throw error;
    return latest.id;
  }
}
