import { z } from 'zod';

/** Code points a query may have; longer ones are documents, not questions. */
const maxQueryLength = 8000;

/**
 * What somebody asks. Control characters become spaces, unpaired surrogates the replacement character, and the ends are
 * trimmed; what is blank then is refused, and so is what is longer than 8,000 characters.
 */
export const SearchQuery = z
  .string()
  .transform((text) =>
    text
      .toWellFormed()
      .replace(/\p{Cc}+/gu, ' ')
      .trim(),
  )
  .refine((text) => text !== '', { error: 'Query cannot be blank: say what to search for' })
  .refine((text) => text.length <= maxQueryLength || [...text].length <= maxQueryLength, {
    error: `Query is too long: at most ${maxQueryLength} characters can be searched for`,
  })
  .brand<'SearchQuery'>();
export type SearchQuery = z.infer<typeof SearchQuery>;
