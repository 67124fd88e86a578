import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { fillServer, type KnownIds } from '../scripts/contract/fill-server.ts';
import type { OpenApi } from '../scripts/contract/open-api.ts';
import { startThrowAwayServer, type ThrowAwayServer } from '../scripts/throw-away-server.ts';

export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The JSON of the text; undefined when it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of every shape
  readonly body: any;
}

/** The real server as its clients meet it, filled as `fillServer` says, one for all tests of a file. */
export class ContractServer {
  #server: ThrowAwayServer | undefined;
  #known: KnownIds = {};
  #key = '';

  /** @param isSecured with authentication: nothing is filled in then, and `call` shows the operator's token */
  static use({ isSecured = false } = {}): ContractServer {
    const contract = new ContractServer();
    beforeAll(async () => {
      const env = { EMBEDDING_PROVIDER: 'none', ENABLE_INTERNAL_SOURCES: 'true' };
      const server = await startThrowAwayServer(isSecured ? { ...env, AUTH_ENABLED: 'true' } : env);
      contract.#server = server;
      if (isSecured) contract.#key = (await readFile(join(server.dataDirectory, 'operator-token'), 'utf8')).trim();
      else contract.#known = await fillServer(server.url);
    }, 120_000);
    afterAll(() => contract.#server?.stop());
    return contract;
  }

  get url(): string {
    return this.#server?.url ?? '';
  }

  get known(): KnownIds {
    return this.#known;
  }

  async document(): Promise<OpenApi> {
    return (await this.ask('GET', '/openapi.json')).body;
  }

  /** Sends a request as it is: an object as body goes as JSON, text without a content type of its own. */
  async ask(
    method: string,
    path: string,
    { body, headers = {} }: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> } = {},
  ): Promise<WireAnswer> {
    const response = await fetch(this.url + path, {
      method,
      redirect: 'manual',
      headers: { ...(typeof body === 'object' ? { 'content-type': 'application/json' } : {}), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? Buffer.from(body) : JSON.stringify(body) }),
    });
    const text = await response.text();
    const [type] = (response.headers.get('content-type') ?? '').split(';');
    const isJson = text !== '' && type === 'application/json';
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
  }

  /** The same as somebody who may do it. */
  call(method: string, path: string, body?: unknown): Promise<WireAnswer> {
    return this.ask(method, path, {
      body,
      headers: this.#key === '' ? {} : { authorization: `Bearer ${this.#key}` },
    });
  }
}
