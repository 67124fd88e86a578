import type { ModelMessage as SdkMessage } from 'ai';
import type { ModelTurn, ObjectRequest, TextRequest, TurnRequest } from '../../core/language-models/index.ts';
import { ModelFailure } from '../model-providers/model-failure.ts';
import type { ConfiguredModel } from './configured-model.ts';
import { type ModelInput, type ModelOutput, toJsonSchema } from './model-call.ts';
import { parseObject } from './parse-object.ts';
import type { Spending } from './spending.ts';
import { type RawTurn, toSdkMessages } from './to-sdk-messages.ts';

/** Longest part of an answer of no use that its model is shown again, in characters. */
const maxShown = 4_000;

/** One request at one model: each function throws ModelFailure, or the signal's reason when it is aborted. */
export interface Asking {
  readonly model: ConfiguredModel;
  readonly timeoutMs: number;
  readonly spending: Spending;
  readonly signal: AbortSignal;
}

/**
 * Asks for an object in the provider's own way; one that refuses the request may not know schemas, and is asked in words, then
 * and from then on. An answer that does not fit is repaired once.
 */
export async function askForObject<Value>(asking: Asking, request: ObjectRequest<Value>): Promise<Value> {
  const { schema, system, prompt, name, maxOutputTokens } = request;
  const { model } = asking;
  const format = { name, schema: toJsonSchema(schema) };
  const question: SdkMessage = { role: 'user', content: prompt };
  const inWords = `Answer with one JSON object and nothing else. It must fit this JSON schema:\n${JSON.stringify(format.schema)}`;
  const plain = { messages: [question], tools: [], maxOutputTokens, reasons: false };
  const formal: ModelInput = { ...plain, system, format };
  const worded: ModelInput = { ...plain, system: `${system}\n\n${inWords}`, format: undefined };

  const formalOutput = model.refusesSchemas ? undefined : await askUnlessRefused(asking, formal);
  const output = formalOutput ?? (await ask(asking, worded));
  const parsed = parseObject(output.text, schema);
  if (parsed.isValid) {
    model.refusesSchemas = formalOutput === undefined;
    return parsed.value;
  }

  asking.spending.addFailure();
  const length = output.isCutShort ? ` It was cut off at ${maxOutputTokens} tokens: be shorter.` : '';
  const messages: readonly SdkMessage[] = [
    question,
    { role: 'assistant', content: output.text.slice(0, maxShown) || '(nothing)' },
    { role: 'user', content: `That answer cannot be used. ${parsed.error}${length}\n${inWords}` },
  ];
  const again: ModelInput = { ...(formalOutput === undefined ? worded : formal), messages };
  const repaired = parseObject((await ask(asking, again)).text, schema);
  if (repaired.isValid) return repaired.value;
  throw nonsense(asking, 'No object that fits the schema.');
}

async function askUnlessRefused(asking: Asking, input: ModelInput): Promise<ModelOutput | undefined> {
  try {
    return await ask(asking, input);
  } catch (error) {
    if (error instanceof ModelFailure && error.kind === 'refused') return undefined;
    throw error;
  }
}

/** Asks for text; an empty one is of no use. */
export async function askForText(asking: Asking, request: TextRequest): Promise<string> {
  const { system, prompt, maxOutputTokens } = request;
  const messages: readonly SdkMessage[] = [{ role: 'user', content: prompt }];
  const input = { system, messages, tools: [], format: undefined, maxOutputTokens, reasons: false };
  const { text } = await ask(asking, input);
  if (text.trim() === '') throw nonsense(asking, 'No text.');
  return text;
}

/** Asks for a turn; one with neither text nor calls is of no use. */
export async function askForTurn(asking: Asking, request: TurnRequest): Promise<ModelTurn> {
  const { system, tools, maxOutputTokens, reasons } = request;
  const { label } = asking.model;
  const messages = toSdkMessages(request.messages, label);
  const output = await ask(asking, { system, messages, tools, format: undefined, maxOutputTokens, reasons });
  if (output.text.trim() === '' && output.toolCalls.length === 0) throw nonsense(asking, 'No text and no calls.');
  const { text, reasoning, toolCalls } = output;
  const raw: RawTurn = { messages: output.messages };
  return { ...asking.spending.toCall(label), text, reasoning, toolCalls, raw };
}

async function ask({ model, timeoutMs, spending, signal }: Asking, input: ModelInput): Promise<ModelOutput> {
  try {
    const output = await model.call(input, timeoutMs, signal);
    spending.add(output.usage, model.costOf(output.usage));
    return output;
  } catch (error) {
    if (error instanceof ModelFailure) spending.addFailure();
    throw error;
  }
}

function nonsense({ model, spending }: Asking, message: string): ModelFailure {
  spending.addFailure();
  const failure = new ModelFailure('nonsense', message);
  model.noteFailure(failure);
  return failure;
}
