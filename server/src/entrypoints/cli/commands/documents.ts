import type { Command } from 'commander';
import { chooseCollection } from '../choose-collection.ts';
import { oneOf, wholeNumber } from '../option-parsers.ts';
import { toRelativeTime } from '../relative-time.ts';
import { renderTable } from '../render-table.ts';
import { type CliContext, openSession } from '../session.ts';
import { toTerminalText } from '../terminal-text.ts';

interface DocumentsOptions {
  readonly collection?: string;
  readonly state?: string;
  readonly limit: number;
}

const columns = [
  { title: 'State' },
  { title: 'Document', shrinksTo: 20 },
  { title: 'Updated' },
  { title: 'Why', shrinksTo: 20 },
] as const;

export function addDocumentsCommand(program: Command, context: CliContext): void {
  program
    .command('documents')
    .summary('list what a collection holds')
    .description('Lists the documents of a collection, and for those that could not be read the reason.')
    .option('-c, --collection <id>', 'readable id of the collection (default: your own that changed last)')
    .option(
      '--state <state>',
      'only those that are indexed, failed or pending',
      oneOf(['indexed', 'failed', 'pending']),
    )
    .option('-k, --limit <number>', 'how many, at most 1,000', wholeNumber(1, 1000), 100)
    .addHelpText(
      'after',
      `
Examples:
  ./weft documents --collection getting-started
  ./weft documents --state failed
  ./weft documents --json --limit 1000`,
    )
    .action(async (options: DocumentsOptions, command: Command) => {
      const session = await openSession(command, context);
      const collection = await chooseCollection(session, options.collection);
      const documents = await session.client.listDocuments(collection, {
        limit: options.limit,
        ...(options.state === undefined ? {} : { state: options.state }),
      });
      session.answer(documents, () => {
        if (documents.length === 0) {
          return options.state === 'failed'
            ? `Every document of "${toTerminalText(collection)}" could be read.`
            : `"${toTerminalText(collection)}" holds no documents yet.`;
        }
        const rows = documents.map((document) => [
          { text: document.state ?? '', ...(document.state === 'failed' ? { tone: 'bad' as const } : {}) },
          document.name ?? document.id,
          toRelativeTime(document.updated_at, context.now()),
          document.error ?? '',
        ]);
        return renderTable(columns, rows, session.layout);
      });
      if (documents.length === options.limit) {
        session.note(`These are the first ${options.limit.toLocaleString('en')}; there may be more: --limit.`);
      }
    });
}
