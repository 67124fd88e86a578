import type { Command } from 'commander';
import { type CliContext, openSession } from '../session.ts';
import { toTerminalText } from '../terminal-text.ts';

/** What whoever has the server's machine does for people who cannot sign in. */
export function addAccountsCommand(program: Command, context: CliContext): void {
  const accounts = program
    .command('accounts')
    .summary('make links with which people get in')
    .description('Links to become the first owner and to set passwords anew. Only on the server’s own machine.');

  accounts
    .command('first-owner')
    .description('Prints a link: whoever opens it becomes the owner. Only while nobody can sign in.')
    .addHelpText('after', '\nExample:\n  ./weft accounts first-owner')
    .action(async (_options: unknown, command: Command) => {
      const session = await openSession(command, context, 'operator');
      const link = await session.client.createFirstOwnerLink();
      session.note('Whoever opens this link becomes the owner. It is valid until it is used.');
      session.answer(link, () => toTerminalText(link.url));
    });

  accounts
    .command('reset-link')
    .description('Prints a link with which a user sets a new password, once, within a day.')
    .argument('<email>', 'e-mail address of the user')
    .option('--without-second-factor', 'take the second factor away at once', false)
    .addHelpText('after', '\nExample:\n  ./weft accounts reset-link ada@example.com')
    .action(async (email: string, options: { withoutSecondFactor: boolean }, command: Command) => {
      const session = await openSession(command, context, 'operator');
      const link = await session.client.createResetLink(email, options.withoutSecondFactor);
      session.note('Pass this link on to its owner alone. It is valid for a day.');
      session.answer(link, () => toTerminalText(link.url));
    });
}
