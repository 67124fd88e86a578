/** A request to a server that is not ours: a source, a receiver of webhooks, an OAuth or auth provider. */
export interface OutboundRequest {
  /** http or https, absolute. */
  readonly url: string;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Default 30 s, for the whole exchange, the body included. */
  readonly timeoutMs?: number;
  /** Default 10 MiB, after decompression; a larger body fails the request. */
  readonly maxBytes?: number;
  /** Default 5; each is checked as the first address was, and credentials stay behind when the host changes. 0: a redirect is an answer. */
  readonly maxRedirects?: number;
  readonly signal?: AbortSignal;
}

export interface OutboundResponse {
  readonly status: number;
  /** By lower-case name; repeated ones joined by a comma and a space. */
  readonly headers: Readonly<Record<string, string>>;
  /** The address that answered, after redirects. */
  readonly url: string;
  readonly body: Uint8Array;
}

/** A body that is read as it comes; it must be read to its end or cancelled. */
export interface OutboundStream extends Omit<OutboundResponse, 'body'> {
  readonly body: AsyncIterable<Uint8Array>;
  cancel(): Promise<void>;
}

/**
 * The port to every server that is not ours. Names are resolved, each address is checked, and the checked address is the one
 * dialled: private, loopback and other special ranges are refused unless `EGRESS_ALLOW` opens them.
 *
 * Any status is an answer, not a failure. Nothing is retried here.
 * @throws OutboundFailure
 */
export interface OutboundHttp {
  send(request: OutboundRequest): Promise<OutboundResponse>;
  /** As `send`, without its limit of size unless `maxBytes` is given. */
  stream(request: OutboundRequest): Promise<OutboundStream>;
}

/** `refused`: the guard does not allow the address. `unreachable`: no name, no connection, TLS. */
export type OutboundFailureKind = 'refused' | 'unreachable' | 'timed_out' | 'too_large' | 'aborted';

/** Why there is no answer. The message is for a person and holds no secret: the host, never path, query or headers. */
export class OutboundFailure extends Error {
  readonly kind: OutboundFailureKind;

  constructor(kind: OutboundFailureKind, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.name = 'OutboundFailure';
    this.kind = kind;
  }
}
