import type { Command } from 'commander';

/** The flags of the server's own start; `config.ts` says what each takes. */
const flags = {
  host: { flag: '--host', description: 'address to listen on' },
  port: { flag: '--port', description: 'port to listen on' },
  dataDir: { flag: '--data-dir', description: 'folder for everything that is kept' },
  role: { flag: '--role', description: 'all, api (requests only) or worker (syncs only)' },
  logLevel: { flag: '--log-level', description: 'debug, info, warn, error or silent' },
} as const;
type FlagName = keyof typeof flags;

export function addServeCommand(program: Command): void {
  const serve = program
    .command('serve')
    .summary('start the server')
    .description('Starts the server and stays until it is stopped; npm start does the same.');
  for (const { flag, description } of Object.values(flags)) serve.option(`${flag} <value>`, description);
  serve
    .addHelpText(
      'after',
      `
All settings are in the environment too; docs/configuration.md lists them.

Examples:
  ./weft serve
  ./weft serve --port 9000`,
    )
    .action(async (options: Readonly<Partial<Record<FlagName, string>>>) => {
      const given = (Object.keys(flags) as FlagName[]).flatMap((name) => {
        const value = options[name];
        return value === undefined ? [] : [flags[name].flag, value];
      });
      // Loaded here only: every other command is a small client and starts without the server's code.
      const { main } = await import('../../../main.ts');
      await main(given);
    });
}
