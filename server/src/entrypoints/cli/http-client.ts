import { z } from 'zod';
import { CommandError, exitCodes } from './command-error.ts';
import { openAnswer } from './open-answer.ts';
import { toTerminalText } from './terminal-text.ts';

export interface HttpClientOptions {
  /** Without a slash at the end. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** For one request, answer included. Default: two minutes. */
  readonly timeoutMs?: number;
}

interface RequestOptions {
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  /** Statuses besides 2xx whose body is an answer, not an error. */
  readonly alsoAccept?: readonly number[];
}

/** Sends a request and gives its answer as the schema has it. */
export interface HttpClient {
  readonly url: string;
  request<Answer>(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    schema: z.ZodType<Answer>,
    options?: RequestOptions,
  ): Promise<Answer>;
  /** An answer of any size, as its bytes come. */
  open(path: string, query?: RequestOptions['query']): Promise<AsyncIterable<Buffer>>;
}

const maxAnswerBytes = 64 * 1024 * 1024;

/** The server answered, but refused; `status` tells callers what they may do about it. */
export class RefusedError extends CommandError {
  readonly status: number;

  constructor(status: number, message: string) {
    const [exitCode, code] = toOutcome(status);
    super(exitCode, code, message);
    this.status = status;
  }
}

/** @throws from `request`: CommandError (no server, no Weft there), RefusedError (its refusals) */
export function createHttpClient({ url, headers, timeoutMs = 120_000 }: HttpClientOptions): HttpClient {
  return {
    url,
    async request(method, path, schema, { query = {}, body, alsoAccept = [] } = {}) {
      const target = toTarget(url, path, query);
      const { status, text } = await send(url, target, {
        method,
        headers: { accept: 'application/json', ...(body === undefined ? {} : jsonType), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // A key must not follow a redirect to somebody else's server.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      const isAnswer = (status >= 200 && status < 300) || alsoAccept.includes(status);
      const parsed = parseJson(text);
      if (!isAnswer) throw new RefusedError(status, toRefusal(url, status, parsed));
      const answer = schema.safeParse(parsed);
      if (!answer.success) throw notWeft(url, answer.error);
      return answer.data;
    },
    async open(path, query = {}) {
      const answer = await openAnswer(toTarget(url, path, query), headers).catch((error: unknown) => {
        throw toUnreachable(url, error);
      });
      const status = answer.statusCode ?? 0;
      if (status >= 200 && status < 300) return answer as AsyncIterable<Buffer>;
      const text = await readBounded(answer as AsyncIterable<Buffer>);
      throw new RefusedError(status, toRefusal(url, status, parseJson(text)));
    },
  };
}

function toTarget(url: string, path: string, query: NonNullable<RequestOptions['query']>): URL {
  const target = new URL(url + path);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) target.searchParams.set(name, String(value));
  }
  return target;
}

const jsonType = { 'content-type': 'application/json' };

async function send(url: string, target: URL, init: RequestInit): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(target, init);
    return { status: response.status, text: response.body === null ? '' : await readBounded(response.body) };
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw toUnreachable(url, error);
  }
}

function toUnreachable(url: string, error: unknown): CommandError {
  const isLate = error instanceof Error && error.name === 'TimeoutError';
  return new CommandError(
    exitCodes.noServer,
    isLate ? 'timeout' : 'no_server',
    isLate
      ? `The server at ${url} did not answer in time. It may be busy: try again, or look at its log.`
      : `No Weft server answers at ${url}${reasonOf(error)}.\nStart one with: npm start`,
    { cause: error },
  );
}

async function readBounded(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const part of body) {
    bytes += part.byteLength;
    if (bytes > maxAnswerBytes) {
      throw new CommandError(
        exitCodes.failure,
        'answer_too_large',
        'The answer is over 64 MB. Ask for less with --limit.',
      );
    }
    text += decoder.decode(part, { stream: true });
  }
  return text + decoder.decode();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the caller says so with the address, since it is most likely not Weft that answered.
    return undefined;
  }
}

function toOutcome(status: number): readonly [(typeof exitCodes)['failure' | 'notAllowed' | 'notFound'], string] {
  if (status === 401 || status === 403) return [exitCodes.notAllowed, 'not_allowed'];
  if (status === 404) return [exitCodes.notFound, 'not_found'];
  return [exitCodes.failure, status >= 500 ? 'server_error' : 'refused'];
}

const Refusal = z.object({
  detail: z.unknown().optional(),
  errors: z.array(z.record(z.string(), z.unknown())).optional(),
});

function toRefusal(url: string, status: number, body: unknown): string {
  if (status >= 300 && status < 400) {
    return `The server at ${url} sends requests elsewhere (status ${status}). Give the address it moved to with --url.`;
  }
  const said = toReason(body) ?? `The server at ${url} answered with status ${status} and no reason.`;
  if (status === 401) {
    return `${said}\nGive an API key with --api-key or WEFT_API_KEY. On the server's own machine, ./weft keys create makes one.`;
  }
  return said;
}

function toReason(body: unknown): string | undefined {
  const refusal = Refusal.safeParse(body);
  if (!refusal.success) return undefined;
  const { detail, errors } = refusal.data;
  if (errors !== undefined && errors.length > 0) {
    return errors
      .flatMap((entry) => Object.entries(entry))
      .map(([place, text]) => toTerminalText(`${place.replace(/^(?:body|query|path)\./, '')}: ${String(text)}`))
      .join('\n');
  }
  return typeof detail === 'string' && detail !== '' ? toTerminalText(detail) : undefined;
}

function notWeft(url: string, cause: unknown): CommandError {
  return new CommandError(
    exitCodes.failure,
    'unexpected_answer',
    `What answers at ${url} does not speak like this version of Weft. Check the address, and that server and command line are of the same version.`,
    { cause },
  );
}

function reasonOf(error: unknown): string {
  // What fetch throws wraps the network's own error.
  const cause = error instanceof Error ? (error.cause ?? error) : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ECONNREFUSED') return ' (nothing listens there)';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return ' (there is no machine of that name)';
  return typeof code === 'string' ? ` (${code})` : '';
}
