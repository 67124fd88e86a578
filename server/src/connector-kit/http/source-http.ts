import type { Readable } from 'node:stream';

/** One request to a source, ready to be sent. */
export interface SourceRequest {
  readonly method: 'GET' | 'POST';
  /** Absolute. */
  readonly url: string;
  /** The path with its parts still named, as `/tickets/{id}/comments`: what logs show instead of the address. */
  readonly route: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whether sending it twice does no harm, so that it may be sent again when the answer got lost. */
  readonly isRepeatable: boolean;
  readonly signal: AbortSignal;
  /** Default 60 s. */
  readonly timeoutMs?: number;
  /** Of `send`, after decompression. Default 32 MiB. */
  readonly maxBytes?: number;
}

export interface SourceAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * What carries a connector's requests: keeps to the source's pace, waits where it asks to wait, sends again what got lost.
 *
 * Any other status is an answer; what it means is said where the request was made.
 * @throws SourceError('rate_limited' | 'source' | 'configuration') when there is no answer to be had now; the signal's reason
 */
export interface SourceHttp {
  send(request: SourceRequest): Promise<SourceAnswer>;
  /** As `send`, the body unread: it must be read to its end or destroyed. */
  open(request: SourceRequest): Promise<Omit<SourceAnswer, 'body'> & { readonly body: Readable }>;
}

/** How fast a source may be asked, as its documentation says. */
export interface Pace {
  /** Requests in each `perSeconds`. */
  readonly requests: number;
  readonly perSeconds: number;
  /** Whose the allowance is; default `connection`: most sources count by token. */
  readonly sharedBy?: 'connection' | 'all';
}
