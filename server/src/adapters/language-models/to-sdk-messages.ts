import type { ModelMessage as SdkMessage } from 'ai';
import type { ModelMessage, ModelTurn } from '../../core/language-models/index.ts';

/** What `ModelTurn.raw` holds: for the model that wrote it, the turn with its signed reasoning. */
export interface RawTurn {
  readonly messages: readonly SdkMessage[];
}

/** @param model who is asked now; turns of another are told in plain words, without what only that one can read */
export function toSdkMessages(messages: readonly ModelMessage[], model: string): readonly SdkMessage[] {
  return messages.flatMap((message): readonly SdkMessage[] => {
    if (message.role === 'user') return [{ role: 'user', content: message.text }];
    if (message.role === 'model') {
      // Only this adapter makes turns, and it sets both fields.
      return message.turn.model === model ? (message.turn.raw as RawTurn).messages : [toPlainTurn(message.turn)];
    }
    return [
      {
        role: 'tool',
        content: message.results.map(({ callId, name, text }) => ({
          type: 'tool-result',
          toolCallId: callId,
          toolName: name,
          output: { type: 'text', value: text },
        })),
      },
    ];
  });
}

function toPlainTurn({ text, toolCalls }: ModelTurn): SdkMessage {
  return {
    role: 'assistant',
    content: [
      ...(text === '' ? [] : [{ type: 'text' as const, text }]),
      ...toolCalls.map(({ id, name, input }) => ({
        type: 'tool-call' as const,
        toolCallId: id,
        toolName: name,
        input,
      })),
    ],
  };
}
