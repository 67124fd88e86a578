import type { Encoder } from '../../core/search/encoder.ts';
import type { LocalEncoderOptions } from './local/local-encoder.ts';

/** `none` is a mode of its own: without an encoder, searches use the keyword arm alone, and say so. */
export type EncoderConfig = { readonly provider: 'none' } | ({ readonly provider: 'local' } & LocalEncoderOptions);

/** The encoder that the configuration asks for. */
export async function createEncoder(config: EncoderConfig): Promise<Encoder | undefined> {
  switch (config.provider) {
    case 'none':
      return undefined;
    case 'local': {
      // Loaded only where it is used: the model's runtime takes memory.
      const { createLocalEncoder } = await import('./local/local-encoder.ts');
      return createLocalEncoder(config);
    }
  }
}
