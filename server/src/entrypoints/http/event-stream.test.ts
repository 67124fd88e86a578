import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createEventStream, type EventSink, type EventStreamOptions } from './event-stream.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function open(own: Pick<EventStreamOptions, 'heartbeat' | 'headers'> = {}) {
  const controller = new AbortController();
  let sink: EventSink | undefined;
  const stopWork = vi.fn();
  const onClosed = vi.fn();
  const disconnect = vi.fn();
  const { response, close } = createEventStream(
    {
      ...{ heartbeatMs: 30_000, keepAliveMs: 15_000, closeAfterMs: 3_000, maxStallMs: 300_000 },
      ...{ signal: controller.signal, disconnect, onClosed, ...own },
    },
    (given) => {
      sink = given;
      return stopWork;
    },
  );
  if (sink === undefined || response.body === null) throw new Error('nothing was started');
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  return { sink, reader, close, controller, stopWork, onClosed, disconnect, response };
}

async function readAll(reader: ReadableStreamDefaultReader<string>): Promise<string> {
  let text = '';
  for (let next = await reader.read(); !next.done; next = await reader.read()) text += next.value;
  return text;
}

test('a client that does not read misses states, and gets the newest when it reads again', async () => {
  const { sink, reader, close } = open();
  sink.send({ type: 'connected' });
  for (let state = 0; state < 50_000; state += 1) sink.update({ state, padding: 'x'.repeat(100) });
  const first = await reader.read();
  expect(first.value).toBe('data: {"type":"connected"}\n\n');
  const reading = readAll(reader);
  await vi.advanceTimersByTimeAsync(0);
  close();
  const text = await reading;
  expect(text.length).toBeLessThan(200_000);
  expect(text.trimEnd().split('\n\n').at(-1)).toContain('"state":49999,');
});

test('a heartbeat comes after silence only', async () => {
  const { sink, reader, close } = open();
  sink.send({ first: true });
  const reading = readAll(reader);
  await vi.advanceTimersByTimeAsync(29_000);
  sink.send({ second: true });
  await vi.advanceTimersByTimeAsync(29_000);
  sink.send({ third: true });
  await vi.advanceTimersByTimeAsync(31_000);
  close();
  const messages = (await reading)
    .trimEnd()
    .split('\n\n')
    .filter((frame) => frame !== ': keep-alive')
    .map((frame) => frame.slice(0, 26));
  expect(messages).toEqual([
    'data: {"first":true}',
    'data: {"second":true}',
    'data: {"third":true}',
    'data: {"type":"heartbeat"}',
  ]);
});

test('it ends once, a while after its last message, and stops the work behind it', async () => {
  const { sink, reader, close, stopWork, onClosed } = open();
  sink.update({ status: 'completed' });
  sink.end();
  await vi.advanceTimersByTimeAsync(2_900);
  expect(onClosed).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(200);
  expect(await readAll(reader)).toBe('data: {"status":"completed"}\n\n');
  close();
  sink.send({ late: true });
  expect([stopWork.mock.calls.length, onClosed.mock.calls.length]).toEqual([1, 1]);
});

test.each(['leaves', 'is cut off'])('the work stops when the client %s', async (how) => {
  const { sink, reader, controller, stopWork, onClosed } = open();
  sink.send({ type: 'connected' });
  if (how === 'leaves') await reader.cancel();
  else controller.abort();
  await vi.advanceTimersByTimeAsync(0);
  expect([stopWork.mock.calls.length, onClosed.mock.calls.length]).toEqual([1, 1]);
  expect(vi.getTimerCount()).toBe(0);
});

test('a heartbeat may be a comment, and headers may be others', async () => {
  const { sink, reader, close, response } = open({ heartbeat: () => null, headers: { 'Cache-Control': 'no-cache' } });
  const reading = readAll(reader);
  sink.send({ first: true });
  await vi.advanceTimersByTimeAsync(31_000);
  close();
  expect(await reading).toBe('data: {"first":true}\n\n: keep-alive\n\n: keep-alive\n\n');
  expect([...response.headers]).toEqual([['cache-control', 'no-cache']]);
});

test('the line is never silent for as long as proxies wait', async () => {
  const { sink, reader, close } = open();
  const reading = readAll(reader);
  sink.send({ first: true });
  await vi.advanceTimersByTimeAsync(14_900);
  sink.update({ second: true });
  await vi.advanceTimersByTimeAsync(14_900);
  close();
  expect(await reading).toBe('data: {"first":true}\n\ndata: {"second":true}\n\n');

  const silent = open();
  const lines = readAll(silent.reader);
  await vi.advanceTimersByTimeAsync(61_000);
  silent.close();
  const heartbeat = 'data: {"type":"heartbeat"}';
  expect((await lines).trimEnd().split('\n\n')).toEqual([': keep-alive', heartbeat, ': keep-alive', heartbeat]);
});

test('heartbeats do not pile up for a client that does not read', async () => {
  const { sink, reader, close } = open();
  sink.send({ padding: 'x'.repeat(100_000) });
  await vi.advanceTimersByTimeAsync(290_000);
  close();
  expect((await readAll(reader)).match(/\n\n/g)).toHaveLength(1);
});

test('a client that takes nothing for minutes is cut off, and one that takes little is not', async () => {
  const stalled = open();
  stalled.sink.send({ padding: 'x'.repeat(500_000) });
  await vi.advanceTimersByTimeAsync(330_000);
  const ends = [stalled.stopWork, stalled.onClosed, stalled.disconnect];
  expect(ends.map(({ mock }) => mock.calls.length)).toEqual([1, 1, 1]);
  expect(vi.getTimerCount()).toBe(0);

  const slow = open();
  slow.sink.send({ padding: 'x'.repeat(500_000) });
  for (let minute = 0; minute < 15; minute += 1) {
    await slow.reader.read();
    await vi.advanceTimersByTimeAsync(60_000);
  }
  expect(slow.onClosed).not.toHaveBeenCalled();
  slow.close();
});

test('messages that must not be missed do not pile up without end either', async () => {
  const { sink, disconnect } = open();
  for (let count = 0; count < 20; count += 1) sink.send({ padding: 'x'.repeat(1_000_000) });
  expect(disconnect).toHaveBeenCalledTimes(1);
});

test('the last state reaches a client that was slow when the end came, and only then the stream closes', async () => {
  const { sink, reader, onClosed } = open();
  sink.send({ padding: 'x'.repeat(200_000) });
  sink.update({ status: null });
  sink.update({ status: 'completed' });
  sink.end();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(onClosed).not.toHaveBeenCalled();
  const reading = readAll(reader);
  await vi.advanceTimersByTimeAsync(0);
  const text = await reading;
  expect(text.trimEnd().split('\n\n').at(-1)).toBe('data: {"status":"completed"}');
  expect(text).not.toContain('"status":null');
  expect(onClosed).toHaveBeenCalledTimes(1);
});
