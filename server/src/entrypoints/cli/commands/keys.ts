import type { Command } from 'commander';
import type { NewKey } from '../client.ts';
import { CommandError, exitCodes } from '../command-error.ts';
import { commaList, wholeNumber } from '../option-parsers.ts';
import { toRelativeTime } from '../relative-time.ts';
import { renderTable } from '../render-table.ts';
import { type CliContext, openSession, type Session } from '../session.ts';
import { toTerminalText } from '../terminal-text.ts';
import type { ApiKey } from '../wire.ts';

interface CreateOptions {
  readonly name?: string;
  readonly scopes?: readonly string[];
  readonly collections?: readonly string[];
  readonly expiresInDays?: number;
}

const scopes = ['search', 'read', 'write', 'impersonate', 'admin'];
const columns = [
  { title: 'Id' },
  { title: 'Begins with' },
  { title: 'Name', shrinksTo: 8 },
  { title: 'May', shrinksTo: 10 },
  { title: 'In', shrinksTo: 8 },
  { title: 'Last used' },
  { title: 'Ends' },
] as const;

export function addKeysCommand(program: Command, context: CliContext): void {
  const keys = program
    .command('keys')
    .summary('make, list, rotate and revoke API keys')
    .description('API keys, with which programs use Weft. On the server’s own machine no key is needed to make one.');
  addCreate(keys, context);

  keys
    .command('list')
    .description(
      'Lists the keys: what each may do, when it was last used, when it ends. The keys themselves are not kept.',
    )
    .addHelpText('after', '\nExample:\n  ./weft keys list')
    .action(async (_options: unknown, command: Command) => {
      const session = await openSession(command, context, 'operator');
      const list = await session.client.listKeys();
      session.answer(list, () =>
        list.length === 0
          ? 'There are no API keys yet. Make one with: ./weft keys create'
          : renderTable(
              columns,
              list.map((key) => toRow(key, context.now())),
              session.layout,
            ),
      );
    });

  keys
    .command('rotate')
    .description('Makes a new key with the same rights and prints it. The old one works until it ends or is revoked.')
    .argument('<id>', 'id of the key, from ./weft keys list')
    .addHelpText('after', '\nExample:\n  KEY=$(./weft keys rotate 7b0c6ad1-52f1-4f0a-9a53-0e6f7d1c2b3a)')
    .action(async (id: string, _options: unknown, command: Command) => {
      const session = await openSession(command, context, 'operator');
      printKey(session, await session.client.rotateKey(id));
    });

  keys
    .command('revoke')
    .description('Ends a key at once. Programs that use it are refused from then on.')
    .argument('<id>', 'id of the key, from ./weft keys list')
    .addHelpText('after', '\nExample:\n  ./weft keys revoke 7b0c6ad1-52f1-4f0a-9a53-0e6f7d1c2b3a')
    .action(async (id: string, _options: unknown, command: Command) => {
      const session = await openSession(command, context, 'operator');
      const key = await session.client.revokeKey(id);
      session.answer(key, () => `Revoked ${toTerminalText(key.name ?? key.key_prefix ?? key.id)}.`);
    });
}

function addCreate(keys: Command, context: CliContext): void {
  keys
    .command('create')
    .description('Makes a key and prints it alone on standard output. It is shown this once and kept nowhere.')
    .option('-n, --name <name>', 'what it is for')
    .option('--scopes <list>', 'what it may do: search, read, write, admin (default: everything)', commaList)
    .option('--collections <list>', 'readable ids of the only collections it may use (default: all)', commaList)
    .option('--expires-in-days <number>', 'when it ends, at most 365', wholeNumber(1, 365), 90)
    .addHelpText(
      'after',
      `
Examples:
  KEY=$(./weft keys create)
  ./weft keys create --name "support bot" --scopes search --collections getting-started --expires-in-days 30`,
    )
    .action(async (options: CreateOptions, command: Command) => {
      const unknown = (options.scopes ?? []).filter((scope) => !scopes.includes(scope));
      if (unknown.length > 0) {
        throw new CommandError(
          exitCodes.usage,
          'unknown_scope',
          `"${unknown.join(', ')}" is not something a key may do. Choose from: ${scopes.join(', ')}.`,
        );
      }
      const session = await openSession(command, context, 'operator');
      printKey(session, await session.client.createKey(toNewKey(options)));
    });
}

function toNewKey({ name, scopes: chosen, collections, expiresInDays }: CreateOptions): NewKey {
  return {
    ...(name === undefined ? {} : { name }),
    ...(chosen === undefined ? {} : { scopes: chosen }),
    ...(collections === undefined ? {} : { collections }),
    ...(expiresInDays === undefined ? {} : { expiration_days: expiresInDays }),
  };
}

function printKey(session: Session, key: ApiKey): void {
  if (!key.decrypted_key) {
    throw new CommandError(
      exitCodes.failure,
      'no_key',
      'The server made a key but did not give it. Revoke it and try again.',
    );
  }
  const ends = toRelativeTime(key.expiration_date, session.context.now());
  session.note(
    `This key is shown once; keep it where secrets are kept. It ends ${ends || 'never'}. Programs send it as X-API-Key, this command takes it from WEFT_API_KEY.`,
  );
  session.answer(key, () => toTerminalText(key.decrypted_key ?? ''));
}

function toRow(key: ApiKey, now: Date): readonly string[] {
  return [
    key.id,
    key.key_prefix ?? '',
    key.name ?? '',
    key.scopes?.join(', ') ?? 'everything',
    key.collections?.join(', ') ?? 'all',
    toRelativeTime(key.last_used_date, now) || 'never',
    toRelativeTime(key.expiration_date, now),
  ];
}
