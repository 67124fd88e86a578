import type { SearchHit } from '../search-collection.ts';
import { namesIn } from './decompose-question.ts';
import { hasTerm, questionTermsOf } from './excerpt.ts';

const maxLeads = 2;

/** Names that stand with words of the question in the best passages, and which the question does not have. */
export function leadsOf(question: string, hits: readonly SearchHit[]): readonly string[] {
  const asked = question.toLowerCase();
  const terms = questionTermsOf(question);
  const counts = new Map<string, number>();
  for (const { chunk } of hits) {
    for (const sentence of chunk.text.slice(0, 20_000).split(/(?<=[.!?])\s+|\n+/)) {
      const lower = sentence.toLowerCase();
      const near = terms.filter((term) => hasTerm(lower, term)).length;
      if (near < Math.min(2, terms.length)) continue;
      for (const name of namesIn(sentence)) {
        if (questionTermsOf(name).length > 0 && !asked.includes(name.toLowerCase()))
          counts.set(name, (counts.get(name) ?? 0) + near);
      }
    }
  }
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, maxLeads)
    .map(([name]) => name);
}
