/**
 * A server whose documents get vectors from the hashes of their words instead of the model, so that a large index is loaded in minutes;
 * queries go through the real model. Started by the search bench, configured like any server.
 */

import { fileURLToPath } from 'node:url';
import { createLocalEncoder } from '../../src/adapters/embeddings/local/local-encoder.ts';
import { createLogger } from '../../src/adapters/logger/logger.ts';
import { parseConfig } from '../../src/config.ts';
import { startServer } from '../../src/start-server.ts';

const config = parseConfig(process.env);
const logger = createLogger({ level: config.logLevel, format: 'json' });
const modelDirectory = fileURLToPath(new URL('../../models/all-MiniLM-L6-v2/', import.meta.url));
const model = await createLocalEncoder({ modelDirectory, logger });
const wordVectors = new Map<string, Float32Array>();
const stopping = new AbortController();
const server = await startServer(config, logger, {
  signal: stopping.signal,
  onFatal: (reason) => {
    throw new Error(reason);
  },
  encoder: {
    ...model,
    embedQuery: model.embedQuery.bind(model),
    close: model.close.bind(model),
    embedDocuments: async (texts) => texts.map(toVector),
  },
});
process.on('SIGTERM', () => {
  stopping.abort();
  server.stop().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
process.stdout.write(`Weft is ready at ${server.url}\n`);

/** Texts that share words are near each other, as with a model: noise without any order would spare no search a single comparison. */
function toVector(text: string): Float32Array {
  const sum = new Float32Array(model.dimensions);
  for (const word of text.split(/\s+/)) {
    const vector = vectorOf(word);
    for (let i = 0; i < sum.length; i += 1) sum[i] = (sum[i] ?? 0) + (vector[i] ?? 0);
  }
  const length = Math.hypot(...sum) || 1;
  return sum.map((value) => value / length);
}

function vectorOf(word: string): Float32Array {
  const known = wordVectors.get(word);
  if (known !== undefined) return known;
  let state = 2_166_136_261;
  for (let i = 0; i < word.length; i += 1) state = Math.imul(state ^ word.charCodeAt(i), 16_777_619) >>> 0;
  const vector = Float32Array.from({ length: model.dimensions }, () => {
    // xorshift32: neighbouring values of a multiplier alone would lie in few planes.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 31 - 1;
  });
  if (wordVectors.size < 100_000) wordVectors.set(word, vector);
  return vector;
}
