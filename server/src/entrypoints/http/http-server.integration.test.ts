import net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { silentLogger } from '../../core/shared/index.ts';
import { defineEndpoint, type Endpoint } from './endpoint.ts';
import { createHttpServer, type HttpServer } from './http-server.ts';
import { createOriginPolicy } from './origin-policy.ts';
import { toAuthenticator } from './testing/to-authenticator.ts';

const open = { method: 'GET', tags: ['test'], access: 'public', response: z.unknown() } as const;
const quick = defineEndpoint({ ...open, path: '/quick', summary: 'Quick', handler: () => 'quick' });

const servers: HttpServer[] = [];
function createServer(endpoints: readonly Endpoint[] = [quick]): HttpServer {
  const server = createHttpServer({
    endpoints,
    logger: silentLogger,
    onAnswered: () => undefined,
    authenticator: toAuthenticator(() => Promise.reject(new Error('not asked'))),
    originPolicy: createOriginPolicy({
      isOpen: true,
      boundHost: '127.0.0.1',
      publicUrl: undefined,
      additionalOrigins: [],
    }),
  });
  servers.push(server);
  return server;
}
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

describe('listening', () => {
  test.each(['127.0.0.1', 'localhost', '::1'])('on %s gives an address that answers', async (host) => {
    const { url } = await createServer().listen(host, 0);
    expect(await (await fetch(`${url}/quick`)).json()).toBe('quick');
  });

  test('on a port in use says which one and what to do', async () => {
    const { url } = await createServer().listen('127.0.0.1', 0);
    const port = Number(new URL(url).port);
    await expect(createServer().listen('127.0.0.1', port)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is in use.*PORT=`)),
    });
  });

  test('on a foreign address says that it is not ours', async () => {
    await expect(createServer().listen('203.0.113.1', 0)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('203.0.113.1'),
    });
  });
});

describe('closing', () => {
  test('lets a running request finish, ends idle connections and accepts no new ones', async () => {
    let finish: (value: string) => void = () => undefined;
    let started: () => void = () => undefined;
    const isStarted = new Promise<void>((resolve) => {
      started = resolve;
    });
    const slow = defineEndpoint({
      ...open,
      path: '/slow',
      summary: 'Slow',
      handler: () => {
        started();
        return new Promise<string>((resolve) => {
          finish = resolve;
        });
      },
    });
    const server = createServer([quick, slow]);
    const { url } = await server.listen('127.0.0.1', 0);
    const idle = net.connect(Number(new URL(url).port), '127.0.0.1');
    idle.write('GET /quick HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await new Promise((resolve) => idle.once('data', resolve));
    const idleEnded = new Promise((resolve) => idle.once('close', resolve));

    const asked = fetch(`${url}/slow`);
    await isStarted;
    const closing = server.close();
    await idleEnded;
    await expect(fetch(`${url}/quick`)).rejects.toThrow();
    finish('finished');
    const response = await asked;
    expect([await response.json(), response.headers.get('connection')]).toEqual(['finished', 'close']);
    await closing;
  });

  test('does not wait for ever for a request that does not end', async () => {
    const endless = defineEndpoint({
      ...open,
      path: '/endless',
      summary: 'Endless',
      handler: () => new Response(new ReadableStream({ start: (stream) => stream.enqueue(new Uint8Array([46])) })),
    });
    const server = createServer([endless]);
    const { url } = await server.listen('127.0.0.1', 0);
    const response = await fetch(`${url}/endless`);
    const startedAt = Date.now();
    await server.close();
    expect(Date.now() - startedAt).toBeLessThan(8_000);
    await expect(response.text()).rejects.toThrow();
  });

  test('may be done twice, and without having listened', async () => {
    const server = createServer();
    await server.close();
    await server.close();
  });
});
