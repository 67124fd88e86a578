import { connect, type Socket } from 'node:net';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { defineEndpoint } from './endpoint.ts';
import type { EventSink } from './event-stream.ts';
import { EventStreams } from './event-streams.ts';
import { createHttpFixture, type HttpFixture } from './testing/http-fixture.ts';

/*
 * Clients that are not `fetch`: sockets that are read when the test says so, so that what waits for them waits in the
 * server, behind the buffers of two kernels.
 */

let fixture: HttpFixture;
let key: string;
let streams: EventStreams;
let opened: { readonly sink: EventSink; readonly stopWork: () => void }[];
const sockets: Socket[] = [];

beforeAll(async () => {
  const endpoint = defineEndpoint({
    method: 'GET',
    path: '/stream',
    summary: 'Stream',
    tags: ['test'],
    access: { scope: 'read' },
    response: z.string(),
    handler: ({ caller, signal, disconnect }) =>
      streams.open({ caller, signal, disconnect }, (sink) => {
        const stopWork = vi.fn();
        opened.push({ sink, stopWork });
        sink.send({ type: 'connected' });
        return stopWork;
      }),
  });
  fixture = await createHttpFixture({ endpoints: () => [endpoint] });
  key = await fixture.createKey();
  return () => fixture.close();
});
beforeEach(() => {
  opened = [];
  streams = new EventStreams({ keepAliveMs: 40, maxStallMs: 400, closeAfterMs: 20 });
});
afterEach(() => {
  streams.close();
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** Opens the stream and reads until its first message. */
async function open() {
  const { hostname, port } = new URL(fixture.url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  let bytes = 0;
  let text = '';
  let isOver = false;
  socket.on('data', (chunk) => {
    bytes += chunk.length;
    text = (text + chunk.toString('latin1')).slice(-4_000);
  });
  socket
    .on('error', () => undefined)
    .on('close', () => {
      isOver = true;
    });
  socket.write(`GET /stream HTTP/1.1\r\nHost: ${hostname}\r\nX-API-Key: ${key}\r\nConnection: close\r\n\r\n`);
  await expect.poll(() => text, { timeout: 10_000 }).toContain('"connected"');
  const [stream] = opened.splice(0);
  if (stream === undefined) throw new Error('no stream was opened');
  return {
    ...stream,
    socket,
    get bytes() {
      return bytes;
    },
    /** The last of what came. */
    get text() {
      return text;
    },
    get isOver() {
      return isOver;
    },
  };
}

const padding = 'x'.repeat(2_000);
/** 400 MB of states, in steps that let the server write between them. */
async function flood(sink: EventSink): Promise<void> {
  for (let state = 0; state < 200_000; state += 1) {
    sink.update({ state, padding });
    if (state % 200 === 0) await new Promise(setImmediate);
  }
}

test('a client that stops reading costs no memory, and goes on at the newest state and the end', async () => {
  streams = new EventStreams({ closeAfterMs: 20 });
  const client = await open();
  client.socket.pause();
  await flood(client.sink);
  client.sink.update({ status: 'completed' });
  client.sink.end();
  expect(streams.size).toBe(1);
  client.socket.resume();
  // The end of a chunked body; the connection stays open for further requests.
  await expect.poll(() => client.text, { timeout: 20_000 }).toContain('\r\n0\r\n\r\n');
  expect(client.text).toContain('data: {"status":"completed"}');
  // What two kernels hold, and one buffer of ours.
  expect(client.bytes).toBeLessThan(40_000_000);
  expect([streams.size, vi.mocked(client.stopWork).mock.calls.length]).toEqual([0, 1]);
});

test('a client that never reads again is cut off, and its place is free', async () => {
  const client = await open();
  client.socket.pause();
  await flood(client.sink);
  await expect.poll(() => streams.size, { timeout: 10_000 }).toBe(0);
  expect(client.stopWork).toHaveBeenCalledTimes(1);
  client.socket.resume();
  await expect.poll(() => client.isOver, { timeout: 20_000 }).toBe(true);
  expect(client.text).not.toContain('"state":199999,');
});

test('a client that goes away frees everything, whether it was reading or not', async () => {
  for (const isReading of [true, false]) {
    const client = await open();
    if (!isReading) {
      client.socket.pause();
      for (let state = 0; state < 10_000; state += 1) client.sink.update({ state, padding });
    }
    client.socket.destroy();
    await expect.poll(() => streams.size, { timeout: 10_000 }).toBe(0);
    expect(client.stopWork).toHaveBeenCalledTimes(1);
  }
});

test('an idle stream is never silent on the wire', async () => {
  const client = await open();
  await expect.poll(() => client.text.match(/: keep-alive\n\n/g)?.length ?? 0, { timeout: 10_000 }).toBeGreaterThan(3);
  expect(streams.size).toBe(1);
  expect(client.text).toMatch(/x-accel-buffering: no\r\n/i);
  expect(client.text).toMatch(/cache-control: no-cache, no-transform\r\n/i);
  expect(client.text).not.toMatch(/content-length/i);
});
