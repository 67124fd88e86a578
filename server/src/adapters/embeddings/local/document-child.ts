import { serveRequests } from '../../child-process/serve-requests.ts';
import type { EncodedText } from './encode-documents.ts';
import { loadTextModel } from './text-model.ts';

/** Arguments: the model's directory, the number of threads. Loads the model with the first request. */
const [modelDirectory = '', threads = ''] = process.argv.slice(2);
const model = lazy(() => loadTextModel(modelDirectory, Number(threads)));

serveRequests(async (texts: readonly string[]): Promise<readonly EncodedText[]> => {
  const { encode } = await model();
  const encoded: EncodedText[] = [];
  for (const text of texts) {
    // The others of the request keep their vectors; the parent decides about this one.
    encoded.push(await encode(text).catch((error: unknown) => ({ error: String(error) })));
  }
  return encoded;
});

function lazy<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => {
    loading ??= load();
    return loading;
  };
}
