import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CredentialRequest } from '../../core/auth-providers/index.ts';
import { newId, SourceConnectionId } from '../../core/shared/index.ts';

export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, text as it is. */
  readonly body?: unknown;
}

/** A server of a provider's, that answers as the test says and keeps what it was asked. */
export async function startProviderServer(answer: (request: ReceivedRequest) => ScriptedAnswer) {
  const requests: ReceivedRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const request = {
        method: incoming.method ?? '',
        url: incoming.url ?? '',
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString(),
      };
      requests.push(request);
      const { status = 200, headers = {}, body = {} } = answer(request);
      outgoing.writeHead(status, { 'content-type': 'application/json', ...headers });
      outgoing.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What a run asks for; by default a source with a token. */
export function credentialRequest(
  request: Pick<CredentialRequest, 'auth' | 'config'> & Partial<CredentialRequest>,
): CredentialRequest {
  return {
    sourceShortName: 'notion',
    sourceConnectionId: newId(SourceConnectionId),
    fields: [
      { name: 'access_token', isRequired: true },
      { name: 'refresh_token', isRequired: false },
    ],
    signal: AbortSignal.timeout(10_000),
    ...request,
  };
}
