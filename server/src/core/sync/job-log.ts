import { withoutSecrets } from '../shared/index.ts';

export const logLevels = ['info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** One line of a job's log, for people. */
export interface LogLine {
  readonly at: Date;
  readonly level: LogLevel;
  /** One line of at most 1,000 characters. */
  readonly message: string;
  /** The source's id of what the line is about. */
  readonly entity: string | null;
}

/** Older lines of a job are dropped. */
export const maxLogLines = 1_000;
const maxMessageLength = 1_000;
/** Shorter texts are words as often as secrets. */
const minSecretLength = 6;

/** Collects what a run says about itself until its worker writes it down, a batch at a time. */
export class JobLog {
  #lines: LogLine[] = [];
  #secrets: readonly string[] = [];

  /** From now on `redact` leaves the texts in `credentials` out, and so does every line, whoever's error message brings them. */
  hide(credentials: unknown): void {
    this.#secrets = textsIn(credentials).filter((text) => text.length >= minSecretLength);
  }

  info(message: string, entity: string | null = null): void {
    this.#add('info', message, entity);
  }

  warn(message: string, entity: string | null = null): void {
    this.#add('warn', message, entity);
  }

  error(message: string, entity: string | null = null): void {
    this.#add('error', message, entity);
  }

  /** What has not been written down yet, oldest first. */
  take(): readonly LogLine[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  /** Lines that could not be written, to be taken again. */
  putBack(lines: readonly LogLine[]): void {
    this.#lines = [...lines, ...this.#lines].slice(-maxLogLines);
  }

  #add(level: LogLevel, message: string, entity: string | null): void {
    const line = { at: new Date(), level, message: this.#clean(message), entity: entity && this.#clean(entity) };
    this.#lines.push(line);
    if (this.#lines.length > maxLogLines) this.#lines.shift();
  }

  /** A message for a person, without secrets. */
  redact(message: string): string {
    return withoutSecrets(this.#secrets.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), message));
  }

  #clean(text: string): string {
    const line = this.redact(text)
      .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
      .toWellFormed();
    return line.length <= maxMessageLength ? line : `${line.slice(0, maxMessageLength - 1).toWellFormed()}…`;
  }
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : [];
}
