import type { Command } from 'commander';
import { chooseCollection } from '../choose-collection.ts';
import { CommandError, exitCodes } from '../command-error.ts';
import { oneOf, wholeNumber } from '../option-parsers.ts';
import { renderResults } from '../render-results.ts';
import { type CliContext, openSession, type Session } from '../session.ts';
import { toTerminalText } from '../terminal-text.ts';

interface SearchOptions {
  readonly collection?: string;
  readonly limit: number;
  readonly offset: number;
  readonly strategy: string;
}

export function addSearchCommand(program: Command, context: CliContext): void {
  program
    .command('search')
    .summary('find passages in a collection')
    .description('Finds the documents that answer a question, and shows the passage of each that does.')
    .argument('<query...>', 'words or a question; quotes are not needed')
    .option('-c, --collection <id>', 'readable id of the collection (default: your own that changed last)')
    .option('-k, --limit <number>', 'how many documents, at most 1,000', wholeNumber(1, 1000), 5)
    .option('--offset <number>', 'how many to skip', wholeNumber(0, 1_000_000), 0)
    .option(
      '-s, --strategy <name>',
      'hybrid, semantic (by meaning) or keyword (by words)',
      oneOf(['hybrid', 'semantic', 'keyword'], { neural: 'semantic' }),
      'hybrid',
    )
    .addHelpText(
      'after',
      `
Examples:
  ./weft search how do I connect a folder
  ./weft search --collection getting-started --limit 3 api keys
  ./weft search --json connect a folder`,
    )
    .action(async (words: readonly string[], options: SearchOptions, command: Command) => {
      await search(await openSession(command, context), words.join(' '), options);
    });
}

async function search(session: Session, query: string, options: SearchOptions): Promise<void> {
  if (query.trim() === '') {
    throw new CommandError(
      exitCodes.usage,
      'empty_query',
      'The query is empty. Say what to look for: ./weft search <query>',
    );
  }
  const collection = await chooseCollection(session, options.collection);
  const answer = await session.client.search(collection, {
    query,
    limit: options.limit,
    offset: options.offset,
    retrieval_strategy: options.strategy,
  });
  session.answer({ collection, ...answer }, () =>
    answer.results.length === 0
      ? `Nothing in "${toTerminalText(collection)}" answers that. Try other words, or see what it holds: ./weft documents --collection ${toTerminalText(collection)}`
      : renderResults(answer.results, {
          query,
          width: session.layout.width,
          paint: session.paint,
          now: session.context.now(),
        }),
  );
}
