/**
 * How `weft` ends. 0, 1 and 2 mean what they mean in Airweave's command line; the others are ours. 130 is the shell's
 * number for "ended by Ctrl-C".
 */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  noServer: 3,
  notAllowed: 4,
  notFound: 5,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A command that cannot go on. The message is for the person at the terminal: what, why, and the fix. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;
  /** Stable word for programs, given as `error.code` with `--json`. */
  readonly code: string;

  constructor(exitCode: ExitCode, code: string, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CommandError';
    this.exitCode = exitCode;
    this.code = code;
  }
}
