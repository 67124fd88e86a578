/**
 * What core needs of a logger. The message is fixed text, values go into fields; ids are bound once with `child`.
 * Never secrets, never document text.
 */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  /** An expected failure: something a person or the network caused. */
  warn(fields: object, message: string): void;
  /** An unexpected failure: a defect of ours; give the error as `err`. */
  error(fields: object, message: string): void;
  child(fields: object): Logger;
}

/** A logger that says nothing, for tests and scripts. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
