import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { Readable } from 'node:stream';
import { brotliCompressSync, createGzip, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { OutboundFailureKind, OutboundHttp, OutboundRequest } from '../../core/outbound/index.ts';
import { silentLogger } from '../../core/shared/index.ts';
import type { ResolveName } from './checked-connector.ts';
import { createOutboundHttp } from './create-outbound-http.ts';

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

function open(options: { allow?: readonly string[]; resolve?: ResolveName } = {}): OutboundHttp {
  const http = createOutboundHttp({ allow: ['127.0.0.1'], logger: silentLogger, ...options });
  opened.push(() => http.close());
  return http;
}

async function serve(answer: RequestListener, host = '127.0.0.1'): Promise<{ url: string; port: number }> {
  const server: Server = createServer(answer);
  server.listen(0, host);
  await once(server, 'listening');
  opened.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://${host}:${port}`, port };
}

const get = (url: string, more: Partial<OutboundRequest> = {}): OutboundRequest => ({ url, method: 'GET', ...more });

async function expectFailure(work: Promise<unknown>, kind: OutboundFailureKind): Promise<void> {
  await expect(work).rejects.toMatchObject({ name: 'OutboundFailure', kind });
}

describe('createOutboundHttp', () => {
  it('sends method, headers and body, and gives status, headers and body', async () => {
    const { url } = await serve(async (request, response) => {
      const body = (await Readable.from(request).toArray()).join('');
      response.writeHead(201, {
        'X-Seen': `${request.method} ${request.headers['x-a']}`,
        'Set-Cookie': ['a=1', 'b=2'],
      });
      response.end(`got ${body}`);
    });
    const answer = await open().send({ url: `${url}/p?q=1`, method: 'POST', headers: { 'X-A': 'b' }, body: 'hello' });
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({ 'x-seen': 'POST b', 'set-cookie': 'a=1, b=2' });
    expect(answer.url).toBe(`${url}/p?q=1`);
    expect(Buffer.from(answer.body).toString()).toBe('got hello');
  });

  it('takes any status for an answer', async () => {
    const { url } = await serve((_, response) => response.writeHead(503).end('busy'));
    expect((await open().send(get(url))).status).toBe(503);
  });

  it('keeps connections for later requests', async () => {
    const ports = new Set<number | undefined>();
    const { url } = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end();
    });
    const http = open();
    for (let count = 0; count < 5; count += 1) await http.send(get(url));
    // A second one may be opened while the first is being freed.
    expect(ports.size).toBeLessThan(3);
  });

  describe('guards what is dialled: it', () => {
    it.each([
      'http://127.0.0.1:PORT/',
      'http://localhost:PORT/',
      'http://2130706433:PORT/',
      'http://0177.0.0.1:PORT/',
      'http://0x7f.1:PORT/',
      'http://127.1:PORT/',
      'http://[::ffff:127.0.0.1]:PORT/',
      'http://[::1]:PORT/',
      'http://0.0.0.0:PORT/',
      'http://[::]:PORT/',
      'http://169.254.169.254/latest/meta-data/',
    ])('does not reach %s', async (address) => {
      let wasReached = false;
      const { port } = await serve((_, response) => {
        wasReached = true;
        response.end();
      });
      await expectFailure(open({ allow: [] }).send(get(address.replace('PORT', String(port)))), 'refused');
      expect(wasReached).toBe(false);
    });

    it.each(['ftp://example.com/', 'file:///etc/passwd', 'data:,x', 'example.com/x', ''])(
      'refuses %j',
      async (address) => {
        await expectFailure(open().send(get(address)), 'refused');
      },
    );

    it('refuses credentials in an address without repeating them', async () => {
      const sent = open().send(get('http://user:secret@127.0.0.1/'));
      await expectFailure(sent, 'refused');
      await expect(sent).rejects.not.toThrow(/secret/);
    });

    it('refuses a header that would begin another, without repeating it', async () => {
      const sent = open().send(get('http://127.0.0.1:9/', { headers: { authorization: 'secret\r\nx: y' } }));
      await expectFailure(sent, 'refused');
      await expect(sent).rejects.not.toThrow(/secret/);
    });

    it('refuses a name with one private address among public ones', async () => {
      const resolve: ResolveName = async () => [
        { address: '93.184.215.14', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ];
      await expectFailure(open({ allow: [], resolve }).send(get('http://two.example/')), 'refused');
    });

    it('dials the address it checked and asks no second time', async () => {
      const { port } = await serve((_, response) => response.end('inside'));
      const asked: string[] = [];
      const resolve: ResolveName = async (name) => {
        asked.push(name);
        // What a rebinding name server does: a fine answer at first, another later.
        return [{ address: asked.length === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }];
      };
      const http = open({ resolve });
      const answer = await http.send(get(`http://rebind.example:${port}/`, { headers: { connection: 'close' } }));
      expect(Buffer.from(answer.body).toString()).toBe('inside');
      expect(asked).toEqual(['rebind.example']);
      await expectFailure(open({ resolve }).send(get(`http://rebind.example:${port}/`)), 'refused');
    });

    it('lets a name through that the operator named', async () => {
      const { port } = await serve((_, response) => response.end());
      const resolve: ResolveName = async () => [{ address: '127.0.0.1', family: 4 }];
      const http = open({ allow: ['nas.local'], resolve });
      expect((await http.send(get(`http://nas.local:${port}/`))).status).toBe(200);
      await expectFailure(http.send(get(`http://other.local:${port}/`)), 'refused');
    });

    it('says that a name does not exist', async () => {
      const resolve: ResolveName = async () => {
        throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
      };
      const sent = open({ resolve }).send(get('http://nobody.example/?key=secret'));
      await expectFailure(sent, 'unreachable');
      await expect(sent).rejects.toThrow('nobody.example could not be reached, or broke off its answer (ENOTFOUND).');
    });
  });

  describe('follows redirects: it', () => {
    it('keeps credentials on the same host and leaves them behind when the host changes', async () => {
      const seen: unknown[] = [];
      const other = await serve((request, response) => {
        seen.push(request.headers);
        response.end('there');
      });
      const { url } = await serve((request, response) => {
        seen.push(request.headers);
        const location = request.url === '/1' ? '/2' : `${other.url}/3`;
        response.writeHead(302, { location }).end('moved');
      });
      const headers = { authorization: 'Bearer a', 'private-token': 'b', cookie: 'c=d', accept: 'text/plain' };
      const answer = await open().send(get(`${url}/1`, { headers }));
      expect(answer.url).toBe(`${other.url}/3`);
      expect(seen[1]).toMatchObject(headers);
      expect(seen[2]).toMatchObject({ accept: 'text/plain' });
      for (const name of ['authorization', 'private-token', 'cookie']) expect(seen[2]).not.toHaveProperty(name);
    });

    it.each(['http://127.0.0.2:1/', 'http://169.254.169.254/', 'http://10.0.0.1/', '//[::1]:1/'])(
      'does not follow one to %s',
      async (location) => {
        const { url } = await serve((_, response) => response.writeHead(302, { location }).end());
        await expectFailure(open().send(get(url)), 'refused');
      },
    );

    it.each(['file:///etc/passwd', 'http://user:pass@127.0.0.1/'])('does not follow one to %s', async (location) => {
      const { url } = await serve((_, response) => response.writeHead(301, { location }).end());
      await expectFailure(open().send(get(url)), 'refused');
    });

    it('makes a GET of a POST where browsers do, and sends a body to no other host', async () => {
      const seen: string[] = [];
      const other = await serve((_, response) => response.end());
      const { url } = await serve((request, response) => {
        seen.push(`${request.method} ${request.url} ${request.headers['content-type']}`);
        if (request.url === '/302') response.writeHead(302, { location: '/end' }).end();
        else if (request.url === '/307') response.writeHead(307, { location: other.url }).end();
        else response.end();
      });
      const post = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } } as const;
      await open().send({ url: `${url}/302`, ...post });
      expect(seen).toEqual(['POST /302 application/json', 'GET /end undefined']);
      await expectFailure(open().send({ url: `${url}/307`, ...post }), 'refused');
    });

    it('stops after some, or gives the redirect itself when asked to follow none', async () => {
      const { url } = await serve((_, response) => response.writeHead(302, { location: '/again' }).end());
      await expectFailure(open().send(get(url, { maxRedirects: 3 })), 'unreachable');
      const answer = await open().send(get(url, { maxRedirects: 0 }));
      expect([answer.status, answer.headers.location]).toEqual([302, '/again']);
    });
  });

  describe('reads bodies: it', () => {
    it.each([
      ['gzip', gzipSync('plain text')],
      ['deflate', deflateSync('plain text')],
      ['deflate', deflateRawSync('plain text')],
      ['br', brotliCompressSync('plain text')],
      ['gzip, br', brotliCompressSync(gzipSync('plain text'))],
      ['identity', Buffer.from('plain text')],
    ])('unpacks %s', async (encoding, body) => {
      const { url } = await serve((_, response) => response.writeHead(200, { 'content-encoding': encoding }).end(body));
      const answer = await open().send(get(url));
      expect(Buffer.from(answer.body).toString()).toBe('plain text');
      expect(answer.headers).not.toHaveProperty('content-encoding');
    });

    it('takes an empty body that says it is compressed for empty', async () => {
      const { url } = await serve((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end());
      expect((await open().send(get(url))).body).toHaveLength(0);
      const head = await open().send({ url, method: 'HEAD' });
      expect([head.status, head.body.length]).toEqual([200, 0]);
    });

    it('stops a body that unpacks to more than the limit, before it is unpacked', async () => {
      let sent = 0;
      const { url } = await serve((_, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' });
        const zeros = Readable.from(
          (function* () {
            for (let count = 0; count < 2_000; count += 1) yield Buffer.alloc(1024 * 1024);
          })(),
        );
        const packed = zeros.pipe(createGzip());
        packed.on('data', (piece: Buffer) => {
          sent += piece.length;
        });
        packed.pipe(response);
        response.on('close', () => zeros.destroy());
      });
      await expectFailure(open().send(get(url, { maxBytes: 100_000 })), 'too_large');
      expect(sent).toBeLessThan(1_500_000);
    });

    it.each([
      ['announced', { 'content-length': '2000' }],
      ['unannounced', {}],
    ])('stops a body of %s length over the limit', async (_, headers) => {
      const { url } = await serve((_, response) => response.writeHead(200, headers).end('x'.repeat(2_000)));
      await expectFailure(open().send(get(url, { maxBytes: 1_999 })), 'too_large');
      expect((await open().send(get(url, { maxBytes: 2_000 }))).body).toHaveLength(2_000);
    });

    it('fails for headers without end, and for what is not HTTP', async () => {
      const big = await serve((_, response) => response.writeHead(200, { 'x-big': 'y'.repeat(100_000) }).end());
      await expectFailure(open().send(get(big.url)), 'too_large');
      const server = createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      opened.push(() => server.close());
      await expectFailure(
        open().send(get(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)),
        'unreachable',
      );
    });

    it.each([
      ['plain', {}],
      ['gzip', { 'content-encoding': 'gzip' }],
    ])('fails for a %s body that breaks off', async (_, headers) => {
      const { url } = await serve((_, response) => {
        response.writeHead(200, { ...headers, 'content-length': '1000' });
        response.write(gzipSync('x'.repeat(100)).subarray(0, 20), () => response.destroy());
      });
      await expectFailure(open().send(get(url)), 'unreachable');
    });

    it('gives up a body that comes too slowly, and an answer that does not come', async () => {
      const slow = await serve((_, response) => {
        response.write('a');
        const timer = setInterval(() => response.write('a'), 10);
        response.on('close', () => clearInterval(timer));
      });
      await expectFailure(open().send(get(slow.url, { timeoutMs: 150 })), 'timed_out');
      const silent = await serve(() => undefined);
      await expectFailure(open().send(get(silent.url, { timeoutMs: 50 })), 'timed_out');
    });

    it('stops when the caller aborts, before or within', async () => {
      const { url } = await serve(() => undefined);
      await expectFailure(open().send(get(url, { signal: AbortSignal.abort() })), 'aborted');
      const stop = new AbortController();
      const sent = open().send(get(url, { signal: stop.signal }));
      stop.abort();
      await expectFailure(sent, 'aborted');
    });

    it('streams without a limit, and lets go of what is cancelled', async () => {
      let isClosed: Promise<unknown> = Promise.resolve();
      const { url } = await serve((_, response) => {
        isClosed = once(response, 'close');
        const send = () => {
          while (response.write(Buffer.alloc(64 * 1024))) {
            // Until it is full.
          }
        };
        response.on('drain', send);
        send();
      });
      const answer = await open().stream(get(url));
      let size = 0;
      for await (const piece of answer.body) {
        size += piece.byteLength;
        if (size > 12 * 1024 * 1024) break;
      }
      await isClosed;
      const unread = await open().stream(get(url));
      await unread.cancel();
      await isClosed;
      expect(unread.status).toBe(200);
    });
  });
});
