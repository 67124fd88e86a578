import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';

/** Texts to the model's word pieces, with its marks at both ends. */
export type Tokenize = (text: string) => readonly number[];

/** More than the longest passage has; whatever comes after could only be cut away again. */
const maxCharacters = 16_384;

const TokenizerFile = z.looseObject({ model: z.looseObject({ vocab: z.record(z.string(), z.number()) }) });

/**
 * Reads a BERT tokenizer. Its file's own limit and padding are for other uses and ignored: longer texts are cut at
 * `maxTokens`, the closing mark included, and none is padded.
 */
export async function loadTokenizer(modelDirectory: string, maxTokens: number): Promise<Tokenize> {
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(path.join(modelDirectory, name), 'utf8'));
  const file = TokenizerFile.parse(await read('tokenizer.json'));
  const end = file.model.vocab['[SEP]'];
  if (end === undefined) throw new Error(`The tokenizer in ${modelDirectory} has no [SEP].`);
  const tokenizer = new Tokenizer(file, z.looseObject({}).parse(await read('tokenizer_config.json')));
  return (text) => {
    // White space only separates words; without it, the limit in characters is one in words.
    const { ids } = tokenizer.encode(text.replace(/\s+/gu, ' ').slice(0, maxCharacters));
    return ids.length <= maxTokens ? ids : [...ids.slice(0, maxTokens - 1), end];
  };
}
