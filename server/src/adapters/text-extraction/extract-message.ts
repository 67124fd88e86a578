import type { ExtractErrorCode, Extracted, ExtractInput } from '../../core/sync/text-extractor.ts';

/** What the parent asks of a child, and what it answers; an error is an answer, since the child is well. */
export type ExtractRequest = ExtractInput;
export type ExtractResponse =
  | { readonly isOk: true; readonly extracted: Extracted }
  | { readonly isOk: false; readonly code: ExtractErrorCode; readonly message: string; readonly cause: string };
