import { ExtractError } from '../../core/sync/text-extractor.ts';
import { serveRequests } from '../child-process/serve-requests.ts';
import { createTokenCounter } from './count-tokens.ts';
import type { ExtractRequest, ExtractResponse } from './extract-message.ts';
import { type ExtractLimits, extractText } from './extract-text.ts';

/** Arguments: the tokenizer's folder, then the limits as JSON; `create-text-extractor.ts` writes them. */
const [tokenizerPath = '', limitsJson = '{}'] = process.argv.slice(2);
const limits = JSON.parse(limitsJson) as ExtractLimits;
const countTokens = await createTokenCounter(tokenizerPath);

serveRequests(async (request: ExtractRequest): Promise<ExtractResponse> => {
  try {
    return { isOk: true, extracted: await extractText(request, limits, countTokens) };
  } catch (error) {
    if (!(error instanceof ExtractError)) throw error;
    // Only the kind of the cause: its message may quote the document.
    const cause = error.cause instanceof Error ? error.cause.name : '';
    return { isOk: false, code: error.code, message: error.message, cause };
  }
});
