import type { Command } from 'commander';
import { CommandError, exitCodes } from '../command-error.ts';
import { countOf, toRelativeTime } from '../relative-time.ts';
import { renderTable } from '../render-table.ts';
import { type CliContext, openSession, type Session } from '../session.ts';
import { toTerminalText } from '../terminal-text.ts';

const columns = [
  { title: 'Collection', shrinksTo: 12 },
  { title: 'Name', shrinksTo: 8 },
  { title: 'State' },
  { title: 'Made' },
] as const;

export function addCollectionsCommand(program: Command, context: CliContext): void {
  const collections = program
    .command('collections')
    .summary('list, make and delete collections')
    .description('A collection groups sources and is what is searched.');

  collections
    .command('list')
    .description('Lists the collections, newest first.')
    .addHelpText('after', '\nExample:\n  ./weft collections list --json')
    .action(async (_options: unknown, command: Command) => {
      const session = await openSession(command, context);
      const list = await session.client.listCollections();
      session.answer(list, () =>
        list.length === 0
          ? 'There are no collections yet. Make one with: ./weft connect <folder>'
          : renderTable(
              columns,
              list.map((collection) => [
                collection.readable_id,
                collection.name,
                collection.status ?? '',
                toRelativeTime(collection.created_at, context.now()),
              ]),
              session.layout,
            ),
      );
    });

  collections
    .command('create')
    .description('Makes an empty collection and prints its readable id.')
    .argument('<name>', 'its name, 4 to 64 characters')
    .option('-r, --readable-id <id>', 'lower-case letters, digits and hyphens (default: made from the name)')
    .addHelpText('after', '\nExample:\n  ./weft collections create "Support knowledge" --readable-id support-knowledge')
    .action(async (name: string, options: { readonly readableId?: string }, command: Command) => {
      const session = await openSession(command, context);
      const made = await session.client.createCollection({
        name,
        ...(options.readableId === undefined ? {} : { readable_id: options.readableId }),
      });
      session.answer(made, () => toTerminalText(made.readable_id));
    });

  collections
    .command('delete')
    .description(
      'Deletes a collection with its source connections and everything indexed from them. The sources stay as they are.',
    )
    .argument('<id>', 'readable id of the collection')
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', '\nExample:\n  ./weft collections delete support-knowledge --yes')
    .action(async (id: string, options: { readonly yes?: boolean }, command: Command) => {
      const session = await openSession(command, context);
      if (options.yes !== true) await confirmDeletion(session, id);
      const deleted = await session.client.deleteCollection(id);
      session.answer(deleted, () => `Deleted "${toTerminalText(deleted.readable_id)}".`);
    });
}

async function confirmDeletion(session: Session, id: string): Promise<void> {
  const [collection, connections] = await Promise.all([
    session.client.getCollection(id),
    session.client.listConnections(id),
  ]);
  const documents = connections.reduce((sum, { entity_count }) => sum + entity_count, 0);
  const answer = await session.context.ask(
    `Deletes "${toTerminalText(collection.name)}": ${countOf(documents, 'document')} from ${countOf(connections.length, 'source')}. The sources themselves stay as they are.\nType ${toTerminalText(id)} to delete it: `,
  );
  if (answer === undefined) {
    throw new CommandError(
      exitCodes.usage,
      'confirmation_required',
      'Deleting asks first, and nobody is here to answer. Add --yes to delete without asking.',
    );
  }
  if (answer.trim() !== id) throw new CommandError(exitCodes.failure, 'not_confirmed', 'Nothing was deleted.');
}
