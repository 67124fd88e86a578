import type { Exclusion } from './search-plan.ts';

/** `-word`, `-"some words"`. Not `-5`, and not the hyphen of `well-known`. */
const operator = /(?<=^|\s)-(?:"(?<phrase>[^"]{1,100})"|(?<word>\p{L}[\p{L}\p{N}_-]{0,50}))(?=$|[\s.,;?!])/gu;
/** "but not travel", "not about travel", "excluding travel", "without travel" at the end of a question or of its part. */
const spoken =
  /(?<=\s)(?:(?:but|and)\s+not(?:\s+(?:about|from|for|in))?|not\s+(?:about|including)|excluding|except(?:\s+for)?|without)\s+(?:any\s+|the\s+)?(?<words>[\p{L}\p{N}_-]{2,50})(?=\s*(?:[,;.?!]|$))/giu;

/**
 * Reads what is not wanted.
 *
 * The words of an operator leave the question. What is said stays in it: "coffee without sugar" is about sugar too, and the
 * passage that answers may well have the same words.
 */
export function readExclusions(question: string): {
  readonly exclusions: readonly Exclusion[];
  readonly rest: string;
} {
  const exclusions: Exclusion[] = [];
  const rest = question.replaceAll(operator, (_match, phrase?: string, word?: string) => {
    exclusions.push({ words: phrase ?? word ?? '', effect: 'remove' });
    return ' ';
  });
  for (const { groups } of rest.matchAll(spoken)) {
    if (groups?.words !== undefined) exclusions.push({ words: groups.words, effect: 'demote' });
  }
  return { exclusions, rest };
}
