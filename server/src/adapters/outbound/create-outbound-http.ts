import { Agent } from 'undici';
import {
  OutboundFailure,
  type OutboundHttp,
  type OutboundRequest,
  type OutboundStream,
} from '../../core/outbound/index.ts';
import type { Logger } from '../../core/shared/index.ts';
import { createCheckedConnector, type ResolveName } from './checked-connector.ts';
import { startDeadline } from './deadline.ts';
import { acceptedEncodings, decodeBody } from './decode-body.ts';
import { createEgressRules } from './egress-rules.ts';
import { followRedirects, toTarget } from './follow-redirects.ts';
import { toOutboundFailure } from './to-outbound-failure.ts';

export interface OutboundOptions {
  /** `EGRESS_ALLOW`: host names in lower case, IP addresses, and ranges in CIDR notation. */
  readonly allow: readonly string[];
  readonly logger: Logger;
  /** Connections to one host at a time; further requests wait. Default 32. */
  readonly connectionsPerHost?: number;
  /** How names become addresses; default the system's way. */
  readonly resolve?: ResolveName;
}

const defaultTimeoutMs = 30_000;
const defaultMaxBytes = 10 * 1024 * 1024;
const maxHeaderBytes = 64 * 1024;
const keepIdleMs = 10_000;

/** The client for every server that is not ours; see the port. `close` waits for nothing and may be called twice. */
export function createOutboundHttp(options: OutboundOptions): OutboundHttp & { close(): Promise<void> } {
  const agent = new Agent({
    connect: createCheckedConnector(createEgressRules(options.allow), options.resolve),
    connections: options.connectionsPerHost ?? 32,
    pipelining: 1,
    keepAliveTimeout: keepIdleMs,
    keepAliveMaxTimeout: 60_000,
    maxHeaderSize: maxHeaderBytes,
    // Each exchange has its own limit, the deadline below.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  async function stream(request: OutboundRequest): Promise<OutboundStream> {
    const host = toTarget(request.url).hostname;
    const deadline = startDeadline(host, request.timeoutMs ?? defaultTimeoutMs, request.signal);
    try {
      deadline.signal.throwIfAborted();
      const headers = {
        'user-agent': 'Weft',
        'accept-encoding': acceptedEncodings,
        ...lowerCaseNames(request.headers),
      };
      const { url, response } = await followRedirects(agent, { ...request, headers }, deadline.signal);
      const raw = response.body;
      // Whoever reads gets the error; nobody need read a body that was cancelled.
      raw.on('error', () => undefined);
      const said = toHeaders(response.headers);
      const hasBody = request.method !== 'HEAD' && response.statusCode !== 204 && response.statusCode !== 304;
      const release = () => {
        deadline.clear();
        raw.destroy();
      };
      const { 'content-encoding': encoding, 'content-length': length, ...others } = said;
      return {
        status: response.statusCode,
        // What was said of the compressed body does not hold for what is read.
        headers: encoding === undefined || !hasBody ? said : others,
        url: url.href,
        body: readBody({
          pieces: decodeBody(raw, hasBody ? encoding : undefined),
          announced: encoding === undefined && hasBody ? Number(length) : Number.NaN,
          ...{ host, release, maxBytes: request.maxBytes ?? Number.POSITIVE_INFINITY },
        }),
        async cancel() {
          release();
        },
      };
    } catch (error) {
      deadline.clear();
      const failure = toOutboundFailure(error, host);
      if (failure.kind === 'refused') options.logger.warn({ host }, 'Refused to connect to an address');
      throw failure;
    }
  }

  return {
    stream,
    async send(request) {
      const {
        body,
        cancel: _,
        ...answer
      } = await stream({ ...request, maxBytes: request.maxBytes ?? defaultMaxBytes });
      const pieces: Uint8Array[] = [];
      for await (const piece of body) pieces.push(piece);
      return { ...answer, body: Buffer.concat(pieces) };
    },
    async close() {
      if (!agent.destroyed) await agent.destroy();
    },
  };
}

interface BodySource {
  readonly pieces: AsyncIterable<Uint8Array>;
  readonly host: string;
  readonly maxBytes: number;
  /** Bytes that the server says will come; NaN when it does not. */
  readonly announced: number;
  release(): void;
}

async function* readBody({ pieces, host, maxBytes, announced, release }: BodySource): AsyncGenerator<Uint8Array> {
  const tooLarge = () => new OutboundFailure('too_large', `The answer of ${host} is larger than ${maxBytes} bytes.`);
  try {
    if (announced > maxBytes) throw tooLarge();
    let size = 0;
    for await (const piece of pieces) {
      size += piece.byteLength;
      if (size > maxBytes) throw tooLarge();
      yield piece;
    }
  } catch (error) {
    throw toOutboundFailure(error, host);
  } finally {
    release();
  }
}

function lowerCaseNames(headers: OutboundRequest['headers'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function toHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value = '']) => [name, typeof value === 'string' ? value : value.join(', ')]),
  );
}
