import type { Readable } from 'node:stream';

export interface BackupRequest {
  /** Whether the keys that seal stored credentials are in it. Who has such a file can open the credentials. */
  readonly includeKeys: boolean;
  /** Gives up. */
  readonly signal: AbortSignal;
}

/** The port to backups of everything that a server keeps, made while it works. */
export interface Backups {
  /**
   * Takes a snapshot and gives the file's bytes. Until the stream ends or is destroyed, nothing that the snapshot names is
   * removed. A stream that fails is cut off: a file without its end is no backup.
   *
   * @throws AppError('conflict') while another one is made; AppError('unavailable') when the disk has too little room
   */
  open(request: BackupRequest): Promise<Readable>;
}
