/**
 * A server whose documents get vectors from their text's hash instead of the model, so that a large index is loaded in minutes;
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

function toVector(text: string): Float32Array {
  let state = 2_166_136_261;
  for (let i = 0; i < text.length; i += 1) state = Math.imul(state ^ text.charCodeAt(i), 16_777_619) >>> 0;
  const vector = Float32Array.from({ length: model.dimensions }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
