/**
 * About how many tokens a language model reads a text as: a quarter of its characters, but no fewer than its words, and one for
 * each character of scripts without spaces. An estimate, since every model counts differently: within a fifth of the common
 * ones for prose in English, and rather too many than too few for others.
 */
export function estimateTokens(text: string): number {
  if (text === '') return 0;
  let words = 0;
  let dense = 0;
  for (const [word] of text.matchAll(/[\p{L}\p{M}\p{N}]+/gu)) {
    words++;
    dense += word.match(denseScript)?.length ?? 0;
  }
  return Math.max(words, Math.ceil((text.length - dense) / 4)) + dense;
}

const denseScript =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu;

/**
 * The longest beginning of a text that fits, ended after a sentence where there is one in its second half, else after a word.
 * Empty when not even a word fits.
 */
export function cutToTokens(text: string, maxTokens: number): string {
  if (estimateTokens(text) <= maxTokens) return text;
  let low = 0;
  let high = Math.min(text.length, maxTokens * 4);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (estimateTokens(text.slice(0, middle)) <= maxTokens) low = middle;
    else high = middle - 1;
  }
  const head = text.slice(0, low);
  const sentence = lastEnd(head, /[.!?。！？…]["'”’)\]]*(?=\s|$)|\n/gu);
  if (sentence > low / 2) return head.slice(0, sentence).trimEnd();
  const word = lastEnd(head, /\s/gu);
  return head
    .slice(0, word > 0 ? word : low)
    .toWellFormed()
    .replace(/\uFFFD$/u, '')
    .trimEnd();
}

function lastEnd(text: string, pattern: RegExp): number {
  let end = 0;
  for (const match of text.matchAll(pattern)) end = match.index + match[0].length;
  return end;
}
