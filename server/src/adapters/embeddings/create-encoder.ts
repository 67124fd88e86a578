import type { EmbeddingModel, Encoder } from '../../core/search/index.ts';
import type { Logger } from '../../core/shared/index.ts';
import { describeLocalEncoder } from './local/describe-local-encoder.ts';
import type { RemoteEmbedding } from './remote/remote-embedding.ts';

/** `none` is a mode of its own: without an encoder, searches use the keyword arm alone, and say so. */
export type EmbeddingSettings =
  | { readonly kind: 'none' }
  | { readonly kind: 'local' }
  | ({ readonly kind: 'remote' } & RemoteEmbedding);

export interface CreateEncoderOptions {
  /** Of the bundled model. */
  readonly modelDirectory: string;
  /** Where the dimensions of remote models are remembered. */
  readonly dimensionsFile: string;
  readonly logger: Logger;
  /** Gives up the start. */
  readonly signal: AbortSignal;
}

export interface CreatedEncoder {
  readonly encoder: Encoder | undefined;
  readonly model: EmbeddingModel;
}

/** The encoder that the configuration asks for. Each kind is loaded only where it is used: a model's runtime takes memory. */
export async function createEncoder(
  settings: EmbeddingSettings,
  { modelDirectory, dimensionsFile, logger, signal }: CreateEncoderOptions,
): Promise<CreatedEncoder> {
  switch (settings.kind) {
    case 'none':
      return { encoder: undefined, model: describeLocalEncoder(undefined) };
    case 'local': {
      const { createLocalEncoder } = await import('./local/local-encoder.ts');
      const encoder = await createLocalEncoder({ modelDirectory, logger });
      return { encoder, model: describeLocalEncoder(encoder) };
    }
    case 'remote': {
      const { createRemoteEncoder } = await import('./remote/remote-encoder.ts');
      return await createRemoteEncoder({ embedding: settings, dimensionsFile, logger }, signal);
    }
  }
}
