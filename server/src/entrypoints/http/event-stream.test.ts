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
  const { response, close } = createEventStream(
    { heartbeatMs: 30_000, closeAfterMs: 3_000, signal: controller.signal, onClosed, ...own },
    (given) => {
      sink = given;
      return stopWork;
    },
  );
  if (sink === undefined || response.body === null) throw new Error('nothing was started');
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  return { sink, reader, close, controller, stopWork, onClosed, response };
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

test('a heartbeat comes after silence only, and none piles up for a client that does not read', async () => {
  const { sink, reader, close } = open();
  sink.send({ first: true });
  await vi.advanceTimersByTimeAsync(29_000);
  sink.send({ second: true });
  await vi.advanceTimersByTimeAsync(29_000);
  sink.send({ third: true });
  await vi.advanceTimersByTimeAsync(31_000);
  sink.send({ padding: 'x'.repeat(100_000) });
  await vi.advanceTimersByTimeAsync(300_000);
  close();
  const messages = (await readAll(reader))
    .trimEnd()
    .split('\n\n')
    .map((frame) => frame.slice(0, 26));
  expect(messages).toEqual([
    'data: {"first":true}',
    'data: {"second":true}',
    'data: {"third":true}',
    'data: {"type":"heartbeat"}',
    'data: {"padding":"xxxxxxxx',
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
  sink.send({ first: true });
  await vi.advanceTimersByTimeAsync(31_000);
  close();
  expect(await readAll(reader)).toBe('data: {"first":true}\n\n: keep-alive\n\n');
  expect([...response.headers]).toEqual([['cache-control', 'no-cache']]);
});
