import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { LanguageModel } from '../language-models/index.ts';
import { AppError } from '../shared/index.ts';
import { scriptedModel } from './scripted-model.fixtures.ts';
import { tryModel } from './try-model.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const never = new AbortController().signal;
const hanging = () => scriptedModel({ text: () => new Promise(() => undefined) });

async function ask(model: LanguageModel | undefined, signal = never) {
  const signals: AbortSignal[] = [];
  const trying = tryModel(model, 1000, signal, (present, limited) => {
    signals.push(limited);
    return present.generateText({ system: '', prompt: '', maxOutputTokens: 1 }, limited);
  });
  const settled = trying.catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(1000);
  return { outcome: await settled, signals };
}

test('gives the answer, or why there is none', async () => {
  expect((await ask(scriptedModel({ text: 'yes' }))).outcome).toMatchObject({ answer: { text: 'yes' } });
  expect((await ask(undefined)).outcome).toEqual({ failure: 'no_model' });
  expect((await ask(scriptedModel({ text: new AppError('unavailable', 'x') }))).outcome).toEqual({
    failure: 'model_unavailable',
  });
  expect((await ask(scriptedModel({ text: new Error('x') }))).outcome).toEqual({ failure: 'model_failed' });
});

test('waits no longer than it may, and ends the call', async () => {
  const { outcome, signals } = await ask(hanging());
  expect(outcome).toEqual({ failure: 'model_slow' });
  expect(signals[0]?.aborted).toBe(true);
});

test('passes over a model that was slow twice in a row, for a while', async () => {
  const model = hanging();
  await ask(model);
  await ask(model);
  expect(model.asked).toHaveLength(2);
  expect((await ask(model)).outcome).toEqual({ failure: 'model_slow' });
  expect(model.asked).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(30_000);
  await ask(model);
  expect(model.asked).toHaveLength(3);
});

test('asks again at once when it was slow only now and then', async () => {
  let isSlow = true;
  const model = scriptedModel({ text: () => (isSlow ? new Promise(() => undefined) : 'yes') });
  for (let round = 0; round < 3; round++) {
    isSlow = true;
    await ask(model);
    isSlow = false;
    expect((await ask(model)).outcome).toMatchObject({ answer: { text: 'yes' } });
  }
});

test('does not count it against the model when the caller leaves', async () => {
  const model = hanging();
  for (let round = 0; round < 3; round++) {
    const leaving = new AbortController();
    setTimeout(() => leaving.abort(new Error('gone')), 500);
    expect((await ask(model, leaving.signal)).outcome).toEqual(new Error('gone'));
  }
  await ask(model);
  expect(model.asked).toHaveLength(4);
});
