import pino from 'pino';
import type { Logger } from '../../core/shared/index.ts';
import { formatPretty } from './format-pretty.ts';
import { toLoggable } from './to-loggable.ts';

export interface LoggerOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** `auto`: pretty on a terminal, JSON (one object a line) elsewhere. */
  readonly format: 'auto' | 'pretty' | 'json';
  /** Where whole lines go, with their line feed; default: standard error, written before the call returns. */
  readonly destination?: { write(line: string): void };
}

/**
 * A logger on pino without its worker threads: lines are on their way before a crash can lose them, and no thread takes
 * memory. Standard output stays free for what a program answers. Secrets are taken out of the fields by `toLoggable`.
 */
export function createLogger(options: LoggerOptions): Logger {
  const destination = options.destination ?? pino.destination({ fd: process.stderr.fd, sync: true });
  const isTerminal = options.destination === undefined && process.stderr.isTTY;
  const isPretty = options.format === 'pretty' || (options.format === 'auto' && isTerminal);
  // hasColors also honours NO_COLOR.
  const hasColors = isTerminal && process.stderr.hasColors();
  const stream = isPretty
    ? { write: (line: string) => destination.write(formatPretty(line, { hasColors })) }
    : destination;
  return adapt(
    pino(
      {
        level: options.level,
        base: { pid: process.pid },
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        // Errors are serialised by toLoggable, with their causes.
        serializers: { err: (value: unknown) => value },
      },
      stream,
    ),
  );
}

function adapt(logger: pino.Logger): Logger {
  const write = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: object, message: string) => {
    if (logger.isLevelEnabled(level)) logger[level](toLoggable(fields), message);
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => adapt(logger.child(toLoggable(fields))),
  };
}
