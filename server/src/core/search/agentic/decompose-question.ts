import { questionTermsOf } from './excerpt.ts';

/** Longer questions are texts to be found again. */
const maxLength = 600;
const maxParts = 4;

const newQuestion = /,?\s+and\s+(?:also\s+)?(?=(?:what|who|whom|when|where|why|how|which|whether)\b)/iu;
const comparisons = [
  /\b(?:difference|differences|relation|relationship|choice)\s+between\s+(?<a>.{2,120}?)\s+and\s+(?<b>.{2,120}?)[?.!]*$/iu,
  /\bcompare[sd]?\s+(?<a>.{2,120}?)\s+(?:and|with|to)\s+(?<b>.{2,120}?)[?.!]*$/iu,
  /^(?:[^.?!]*?[:,]\s+)?(?<a>.{2,120}?)\s+(?:vs\.?|versus)\s+(?<b>.{2,120}?)[?.!]*$/iu,
];

/**
 * The questions within a question: several sentences, "… and when …", what is compared. None where it is one question: a mere
 * "and" joins words of one subject as often as two subjects.
 */
export function decomposeQuestion(question: string): readonly string[] {
  if (question.length > maxLength) return [];
  for (const pattern of comparisons) {
    const { a, b } = pattern.exec(question)?.groups ?? {};
    if (a !== undefined && b !== undefined) return [a, b].map((side) => side.trim());
  }
  const sentences = question.split(/(?<=[?!;])\s+|(?<=\p{L}{2}\.)\s+(?=\p{Lu})|\n+/u);
  const parts = sentences
    .flatMap((sentence) => sentence.split(newQuestion))
    .map((part) => part.trim())
    .filter((part) => questionTermsOf(part).length >= 2);
  return parts.length < 2 || parts.length > maxParts ? [] : parts;
}

/** Names of people and things, and codes: capitals within a sentence, digits within a word. */
export function namesIn(text: string): readonly string[] {
  const found = text.matchAll(
    /(?<![.!?:]\s|^|[\p{L}\p{N}])(?:\p{Lu}[\p{L}\p{N}'’-]+(?:\s+\p{Lu}[\p{L}\p{N}'’-]+){0,3}|(?=[\p{L}\p{N}_-]*\d)(?=[\p{L}\p{N}_-]*\p{L})[\p{L}\p{N}_-]{3,40})/gu,
  );
  return [...new Set([...found].map(([name]) => name))].slice(0, 50);
}
