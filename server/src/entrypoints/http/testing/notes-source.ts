import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OAuth2Server } from 'oauth2-mock-server';
import { z } from 'zod';
import { type AnyConnector, defineConnector, type OAuth, SourceError } from '../../../connector-kit/index.ts';

/** A source of notes with an authorisation server of its own, both on this machine. */
export interface NotesSource {
  /** `notes`, signed in to at the authorisation server. */
  readonly connector: AnyConnector;
  readonly oauthClient: { readonly id: string; readonly secret: string };
  readonly authorization: OAuth2Server;
  /** What token requests sent, oldest first. */
  readonly tokenRequests: readonly Readonly<Record<string, string>>[];
  /** A token that the source takes. */
  issue(): string;
  /** From now on the source takes none of the tokens it gave so far. */
  revoke(): void;
  close(): Promise<void>;
}

const Credentials = z.object({ access_token: z.string() });
const Config = z.object({});

/** @param lifetimeSeconds of the tokens; default an hour */
export async function startNotesSource(options: { readonly lifetimeSeconds?: number } = {}): Promise<NotesSource> {
  const authorization = new OAuth2Server();
  await authorization.issuer.keys.generate('RS256');
  await authorization.start(0, '127.0.0.1');
  const taken = new Set<string>();
  const tokenRequests: Record<string, string>[] = [];
  authorization.service.on('beforeResponse', (response, request) => {
    tokenRequests.push({ ...(request as unknown as { body: Record<string, string> }).body });
    if (response.statusCode !== 200) return;
    // Two of the same second would be the same.
    const token = `${response.body.access_token}.${tokenRequests.length}`;
    Object.assign(response.body, { access_token: token, expires_in: options.lifetimeSeconds ?? 3_600 });
    taken.add(token);
  });
  const notes = await startServer((request, response) => {
    const isTaken = taken.has(request.headers.authorization?.replace(/^Bearer /, '') ?? '');
    response.writeHead(isTaken ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isTaken ? [{ id: '1', title: 'Lighthouse', text: 'The lamp turns at dusk.' }] : {}));
  });
  const issuer = authorization.issuer.url ?? '';
  return {
    connector: notesConnector('notes', addressOf(notes), {
      ...{ kind: 'oauth2', scopes: ['notes:read'], tokens: 'with_rotating_refresh' },
      ...{ authorizeUrl: `${issuer}/authorize`, tokenUrl: `${issuer}/token` },
    }),
    oauthClient: { id: 'weft-of-the-test', secret: 'secret-of-the-test' },
    authorization,
    tokenRequests,
    issue() {
      const token = crypto.randomUUID();
      taken.add(token);
      return token;
    },
    revoke: () => taken.clear(),
    async close() {
      await authorization.stop();
      await closeServer(notes);
    },
  };
}

/** A connector that reads notes with the token of a sign-in, once a run. */
export function notesConnector(shortName: string, url: string, oauth: OAuth): AnyConnector {
  async function ask(token: string): Promise<Response> {
    return fetch(`${url}/notes`, { headers: { authorization: `Bearer ${token}` } });
  }
  async function read(tokens: { current(): Promise<string>; renew(refused: string): Promise<string> } | undefined) {
    if (tokens === undefined) throw new SourceError('configuration', 'There are no tokens.');
    const token = await tokens.current();
    const first = await ask(token);
    const response = first.status === 401 ? await ask(await tokens.renew(token)) : first;
    if (response.status !== 200) throw new SourceError('credentials', `The notes answer ${response.status}.`);
    return z.array(z.object({ id: z.string(), title: z.string(), text: z.string() })).parse(await response.json());
  }
  return defineConnector({
    shortName,
    displayName: 'Notes',
    description: 'Notes of a test',
    className: 'NotesSource',
    labels: ['Testing'],
    authMethods: ['oauth_browser', 'oauth_token'],
    oauth,
    isInternal: true,
    supportsContinuous: false,
    config: Config,
    configFields: [],
    credentials: Credentials,
    credentialFields: [],
    entityTypes: [{ name: 'NoteEntity', description: 'A note' }],
    streams: {
      notes: {
        mode: 'full',
        async *read({ tokens }) {
          const notes = await read(tokens);
          yield {
            entities: notes.map(({ id, title, text }) => ({
              ...{ id, type: 'NoteEntity', name: title, breadcrumbs: [], fields: {}, text },
            })),
            checkpoint: null,
          };
        },
      },
    },
    async validate({ tokens }) {
      await read(tokens);
    },
  });
}

export async function startServer(listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

export function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
