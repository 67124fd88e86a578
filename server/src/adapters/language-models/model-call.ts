import type { JSONSchema7, ModelMessage as SdkMessage, LanguageModel as SdkModel } from 'ai';
import { z } from 'zod';
import type { TokenUsage, ToolCall, ToolDefinition } from '../../core/language-models/index.ts';
import type { ProviderName } from './language-model-settings.ts';

/** One request to one model. */
export interface ModelInput {
  readonly system: string;
  readonly messages: readonly SdkMessage[];
  readonly tools: readonly ToolDefinition[];
  /** The JSON that is asked for; undefined: text. Whether the model keeps to it is for the caller to check. */
  readonly format: { readonly name: string; readonly schema: JSONSchema7 } | undefined;
  readonly maxOutputTokens: number;
  readonly reasons: boolean;
}

export interface ModelOutput {
  readonly text: string;
  readonly reasoning: string | null;
  readonly toolCalls: readonly ToolCall[];
  /** The answer as the SDK wants it back in the next turn. */
  readonly messages: readonly SdkMessage[];
  readonly usage: TokenUsage;
  /** Whether the answer ends because it became too long. */
  readonly isCutShort: boolean;
}

/** Models of these think only as long as they are told to; others may refuse the setting. */
const canBeToldNotToReason: ReadonlySet<ProviderName> = new Set(['openai', 'anthropic', 'google', 'groq']);

/**
 * Asks a model once, without retries: what to do next is for the chain to say. The SDK is loaded with the first call.
 *
 * @throws whatever the SDK throws; see `toModelFailure`
 */
export async function callModel(
  provider: ProviderName,
  model: SdkModel,
  input: ModelInput,
  signal: AbortSignal,
): Promise<ModelOutput> {
  const { generateText, jsonSchema, tool } = await import('ai');
  // The SDK writes warnings to the console.
  globalThis.AI_SDK_LOG_WARNINGS = false;
  const result = await generateText({
    model,
    instructions: input.system,
    messages: [...input.messages],
    tools: Object.fromEntries(
      input.tools.map(({ name, description, input: schema }) => [
        name,
        // Without a check of its own: the caller checks the input, and answers the model what is wrong with it.
        tool({ description, inputSchema: jsonSchema(toJsonSchema(schema)), ...strictness(provider) }),
      ]),
    ),
    ...(input.format === undefined ? {} : { output: jsonText(input.format) }),
    ...(!input.reasons && canBeToldNotToReason.has(provider) ? { reasoning: 'none' as const } : {}),
    maxOutputTokens: input.maxOutputTokens,
    maxRetries: 0,
    abortSignal: signal,
    telemetry: { isEnabled: false },
    providerOptions: {
      // Nothing is kept at the provider. A strict schema may have no optional fields; ours do, and are checked here.
      openai: { store: false, strictJsonSchema: false },
      azure: { store: false, strictJsonSchema: false },
      groq: { strictJsonSchema: false },
    },
  });
  return {
    text: result.text,
    reasoning: result.finalStep.reasoningText ?? null,
    toolCalls: result.toolCalls.map(({ toolCallId: id, toolName: name, input: toolInput }) => ({
      id,
      name,
      input: toolInput,
    })),
    // Of a call that the SDK could not read it adds a result of its own; results are the caller's.
    messages: result.responseMessages.filter(({ role }) => role === 'assistant'),
    usage: {
      inputTokens: toCount(result.usage.inputTokens),
      outputTokens: toCount(result.usage.outputTokens),
      cachedInputTokens: toCount(result.usage.inputTokenDetails.cacheReadTokens),
      cacheWriteTokens: toCount(result.usage.inputTokenDetails.cacheWriteTokens),
    },
    isCutShort: result.finishReason === 'length',
  };
}

export function toJsonSchema(schema: z.ZodType): JSONSchema7 {
  // zod's type of a JSON schema is wider than draft 7, which the target makes it keep to.
  return z.toJSONSchema(schema, { target: 'draft-7', io: 'input', unrepresentable: 'any' }) as JSONSchema7;
}

/** Asks for JSON and takes it as text: the SDK's own output would throw away what does not fit, and it is needed to repair it. */
function jsonText(format: { readonly name: string; readonly schema: JSONSchema7 }) {
  return {
    name: 'json-text',
    responseFormat: Promise.resolve({ type: 'json' as const, name: format.name, schema: format.schema }),
    parseCompleteOutput: async ({ text }: { readonly text: string }) => text,
    parsePartialOutput: async () => undefined,
    createElementStreamTransform: () => undefined,
  };
}

/** OpenAI takes a tool without this as strict, which forbids optional fields. */
function strictness(provider: ProviderName): { readonly strict?: boolean } {
  return provider === 'openai' || provider === 'azure' ? { strict: false } : {};
}

/** What providers count is untrusted too. */
function toCount(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) && value > 0 ? Math.round(value) : 0;
}
