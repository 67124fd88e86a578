import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { loadTokenizer } from './tokenizer.ts';

/** What the bundled model is; see the README in its directory. */
export const bundledModel = { name: 'all-MiniLM-L6-v2-int8', dimensions: 384, maxTokens: 256 } as const;

export interface TextModel {
  /** The text's unit vector. The same text has the same vector, in whatever process. */
  encode(text: string): Promise<Float32Array>;
  close(): Promise<void>;
}

/**
 * Loads the bundled model.
 *
 * One text goes through it at a time. Its 8-bit arithmetic scales a whole batch by the batch's largest value, so texts would
 * change with their neighbours (cosine .985 between a short text alone and beside a long one), and at 230 word pieces a
 * batch of two, four or eight takes as long for each text as one alone, or longer.
 *
 * @param threads for one inference
 */
export async function loadTextModel(modelDirectory: string, threads: number): Promise<TextModel> {
  const tokenize = await loadTokenizer(modelDirectory, bundledModel.maxTokens);
  const session = await InferenceSession.create(path.join(modelDirectory, 'onnx', 'model_quantized.onnx'), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // The arena never gives memory back: 100 MB more after long texts, for no measurable speed.
    enableCpuMemArena: false,
    enableMemPattern: false,
    // Threads that spin while they wait take the processor from searches.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  const running = new Set<Promise<unknown>>();
  const encode = async (text: string): Promise<Float32Array> => {
    const ids = tokenize(text);
    const toTensor = (values: readonly bigint[]) => new Tensor('int64', BigInt64Array.from(values), [1, values.length]);
    const output = await session.run({
      input_ids: toTensor(ids.map(BigInt)),
      attention_mask: toTensor(ids.map(() => 1n)),
      token_type_ids: toTensor(ids.map(() => 0n)),
    });
    const states = output.last_hidden_state?.data;
    if (!(states instanceof Float32Array)) throw new Error('The model gave no hidden states.');
    return toUnitVector(states, ids.length);
  };
  return {
    encode: (text) => {
      const result = encode(text);
      running.add(result);
      // Whoever asked hears of a failure; here it only ends the waiting.
      result.catch(() => undefined).finally(() => running.delete(result));
      return result;
    },
    close: async () => {
      // The session is native memory: letting it go under an inference would end the process.
      await Promise.allSettled(running);
      await session.release();
    },
  };
}

/** Mean over the word pieces (there is no padding to leave out), scaled to length 1. */
function toUnitVector(states: Float32Array, tokens: number): Float32Array {
  const { dimensions } = bundledModel;
  const sum = new Float64Array(dimensions);
  for (let token = 0; token < tokens; token++) {
    for (let i = 0; i < dimensions; i++) sum[i] = (sum[i] ?? 0) + (states[token * dimensions + i] ?? 0);
  }
  const length = Math.hypot(...sum);
  if (!Number.isFinite(length) || length === 0) throw new Error('The model gave a vector without direction.');
  return Float32Array.from(sum, (value) => value / length);
}
