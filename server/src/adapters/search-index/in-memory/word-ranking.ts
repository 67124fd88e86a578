import { toSearchText } from '../search-text.ts';

const stopWords = new Set(
  'a an and are as at be but by can for from had has have he her his i if in into is it its no not of on or she so such t that the their them then there these they this to was we were will with you your'.split(
    ' ',
  ),
);

/** Words without case and accents, cut to a crude stem, stop words left out. */
export function wordsOf(text: string): readonly string[] {
  const plain = text.normalize('NFKD').replace(/\p{Mn}(?<!\p{Script=Thai})/gu, '');
  const words = plain.toLowerCase().match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  return words.filter((word) => !stopWords.has(word)).map((word) => word.replace(/(?<=...)(?:ing|ed|es|s|e|y)$/, ''));
}

/** BM25 with k1 1.2 and b 0.75 over the rows given; those without any of the words are left out. */
export function rankByWords<Row extends { readonly words: readonly string[] }>(
  rows: readonly Row[],
  query: string,
): readonly { readonly row: Row; readonly score: number }[] {
  const averageLength = rows.reduce((sum, { words }) => sum + words.length, 0) / Math.max(rows.length, 1);
  const terms = [...new Set(wordsOf(toSearchText(query)))].map((word) => {
    const holding = rows.filter(({ words }) => words.includes(word)).length;
    return { word, weight: Math.log(1 + (rows.length - holding + 0.5) / (holding + 0.5)) };
  });
  return rows.flatMap((row) => {
    const score = terms.reduce((sum, { word, weight }) => {
      const count = row.words.filter((other) => other === word).length;
      const damping = 1.2 * (0.25 + 0.75 * (row.words.length / averageLength));
      return sum + (weight * count * 2.2) / (count + damping);
    }, 0);
    return score > 0 ? [{ row, score }] : [];
  });
}
