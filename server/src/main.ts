import { createLogger } from './adapters/logger/logger.ts';
import { parseConfig, parseConfigFlags } from './config.ts';
import { AppError, type Logger } from './core/shared/index.ts';
import type { Restored, RestoreOptions } from './restore-backup.ts';
import { startServer } from './start-server.ts';

/** A stop that takes longer is cut short: the next start recovers from that as from a crash. */
const stopWithinMs = 9_000;

/**
 * Runs the server until SIGTERM or SIGINT, then ends the process: 0 after a stop, 1 when it could not start or work on.
 *
 * @param args flags of `weft serve`; see docs/configuration.md
 */
export async function main(args: readonly string[]): Promise<void> {
  const { config, logger } = readConfig(args);
  for (const warning of config.warnings) logger.warn({}, warning);
  const stopping = new AbortController();
  const stopped = Promise.withResolvers<void>();
  const askToStop = () => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    setTimeout(() => endProcess(logger, 'the stop took too long and was cut short'), stopWithinMs).unref();
    stopped.resolve();
  };
  process.on('SIGTERM', askToStop);
  process.on('SIGINT', askToStop);
  process.on('SIGHUP', askToStop);
  for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
    process.on(event, (error: unknown) => {
      logger.error({ err: error }, 'an error was not handled');
      process.exitCode = 1;
      askToStop();
    });
  }
  try {
    const server = await startServer(config, logger, { signal: stopping.signal, onFatal: askToFail });
    process.stdout.write(`Weft is ready at ${server.url}\n`);
    await stopped.promise;
    await server.stop();
  } catch (error) {
    if (!stopping.signal.aborted) reportFailedStart(logger, error);
  }
  process.exit();

  function askToFail(reason: string): void {
    logger.error({}, reason);
    process.exitCode = 1;
    askToStop();
  }
}

/**
 * Restores a backup and says what was done; see `restoreBackup`.
 *
 * @param args flags of `weft serve`, for the data directory
 */
export async function restore(options: RestoreOptions, args: readonly string[]): Promise<Restored> {
  const { config, logger } = readConfig(args);
  const { restoreBackup } = await import('./restore-backup.ts');
  return restoreBackup(config, logger, options);
}

function readConfig(args: readonly string[]) {
  try {
    const config = parseConfig(process.env, parseConfigFlags(args));
    return { config, logger: createLogger({ level: config.logLevel, format: config.logFormat }) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/** What a person can mend is said in plain words; anything else with its stack. */
function reportFailedStart(logger: Logger, error: unknown): void {
  process.exitCode = 1;
  if (error instanceof AppError && error.code !== 'internal')
    process.stderr.write(`Weft cannot start. ${error.message}\n`);
  else logger.error({ err: error }, 'Weft cannot start');
}

function endProcess(logger: Logger, reason: string): void {
  logger.warn({}, reason);
  process.exit();
}

if (import.meta.main) {
  const [command = 'serve', ...rest] = process.argv.slice(2);
  await main(command === 'serve' ? rest : [command, ...rest]);
}
