import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  answersVectors,
  type EmbeddingScript,
  type ScriptedEmbedding,
  toScriptedEmbedding,
  writeScriptedVectors,
} from './scripted-embeddings.ts';
import { writeScriptedReply } from './write-scripted-reply.ts';

/** One call of chat completions, as it came over the wire. */
export interface ScriptedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Empty where the request names none. */
  readonly model: string;
  /** All system messages, joined by a line break. */
  readonly system: string;
  readonly messages: readonly ScriptedMessage[];
  /** Text of the last message of a user; empty where there is none. */
  readonly prompt: string;
  /** Names of the tools that the model may call. */
  readonly tools: readonly string[];
  /** The JSON schema of `response_format`; undefined: any text. */
  readonly schema: unknown;
  /** The whole body, parsed. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ScriptedMessage {
  readonly role: string;
  /** Parts of a message are joined. */
  readonly text: string;
  readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly input: unknown }[];
  /** Of a message with a tool's result. */
  readonly toolCallId?: string;
}

interface ScriptedUsage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly cachedInputTokens?: number;
}

/** An answer of the model; a bare string is its text. Without `usage`, 100 tokens went in and 20 came out. */
export type ScriptedAnswer =
  | string
  | { readonly text: string; readonly usage?: ScriptedUsage }
  | { readonly object: unknown; readonly usage?: ScriptedUsage }
  | {
      readonly toolCalls: readonly { readonly name: string; readonly input: unknown; readonly id?: string }[];
      readonly text?: string;
      readonly usage?: ScriptedUsage;
    };

/**
 * `hang` never answers; `cut` breaks the connection in the middle of the body; `megabyte` answers with that much text;
 * `invalid-json` answers 200 with half a body.
 */
export type ScriptedFailure =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly failure: 'hang' | 'cut' | 'megabyte' | 'invalid-json' };

export type Script = (
  request: ScriptedRequest,
) => ScriptedAnswer | ScriptedFailure | Promise<ScriptedAnswer | ScriptedFailure>;

export interface ScriptedModelServer extends AsyncDisposable {
  /** The base URL of the API, with `/v1` and without a slash at the end. */
  readonly url: string;
  /** In the order in which they came. */
  readonly requests: readonly ScriptedRequest[];
  /** Those of `/v1/embeddings`. */
  readonly embeddings: readonly ScriptedEmbedding[];
  /** Breaks what hangs. May be called twice. */
  close(): Promise<void>;
}

/**
 * Starts a model for tests: a real HTTP server on loopback that speaks OpenAI's chat completions
 * (https://platform.openai.com/docs/api-reference/chat) without streaming, and answers from a script. It speaks embeddings too,
 * by default with vectors of 64 dimensions in which texts with common words are near.
 */
export async function startScriptedModelServer(
  script: Script,
  embed: EmbeddingScript = answersVectors(),
): Promise<ScriptedModelServer> {
  const requests: ScriptedRequest[] = [];
  const embeddings: ScriptedEmbedding[] = [];
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else writeScriptedReply(response, '', { status: 500, body: { error: { message: String(error) } } });
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readText(request);
    if (request.method === 'GET' && request.url === '/v1/models') {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ object: 'list', data: [{ id: 'scripted', object: 'model' }] }));
      return;
    }
    if (request.method === 'POST' && request.url === '/v1/embeddings') {
      const call = toScriptedEmbedding(request, JSON.parse(text));
      embeddings.push(call);
      writeScriptedVectors(response, call, await embed(call));
      return;
    }
    if (request.method !== 'POST' || request.url !== '/v1/chat/completions') {
      const message = `Not here: ${request.method} ${request.url}`;
      writeScriptedReply(response, '', { status: 404, body: { error: { message } } });
      return;
    }
    const call = toScriptedRequest(request, JSON.parse(text));
    requests.push(call);
    writeScriptedReply(response, call.model, await script(call));
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
    return closed;
  };
  return { url: `http://127.0.0.1:${port}/v1`, requests, embeddings, close, [Symbol.asyncDispose]: close };
}

async function readText(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}

/** The fields of a request that a script looks at; all are optional here, since scripts also check what is left out. */
interface WireBody {
  readonly model?: string;
  readonly messages?: readonly WireMessage[];
  readonly tools?: readonly { readonly function?: { readonly name?: string } }[];
  readonly response_format?: { readonly json_schema?: { readonly schema?: unknown } };
}

interface WireMessage {
  readonly role?: string;
  readonly content?: string | readonly { readonly text?: string }[] | null;
  readonly tool_calls?: readonly { readonly id: string; readonly function: { name: string; arguments: string } }[];
  readonly tool_call_id?: string;
}

function toScriptedRequest(request: IncomingMessage, body: WireBody & Record<string, unknown>): ScriptedRequest {
  const messages = (body.messages ?? []).map(toScriptedMessage);
  return {
    path: request.url ?? '',
    headers: request.headers,
    model: body.model ?? '',
    system: messages
      .filter(({ role }) => role === 'system' || role === 'developer')
      .map(({ text }) => text)
      .join('\n'),
    messages,
    prompt: messages.findLast(({ role }) => role === 'user')?.text ?? '',
    tools: (body.tools ?? []).map((tool) => tool.function?.name ?? ''),
    schema: body.response_format?.json_schema?.schema,
    body,
  };
}

function toScriptedMessage(message: WireMessage): ScriptedMessage {
  const { content } = message;
  return {
    role: message.role ?? '',
    text: typeof content === 'string' ? content : (content ?? []).map((part) => part.text ?? '').join(''),
    toolCalls: (message.tool_calls ?? []).map(({ id, function: call }) => ({
      id,
      name: call.name,
      input: JSON.parse(call.arguments),
    })),
    ...(message.tool_call_id === undefined ? {} : { toolCallId: message.tool_call_id }),
  };
}
