/** Characters of an answer; what is longer is cut. */
const maxAnswerLength = 20_000;

export interface CleanAnswer {
  readonly text: string;
  /** Numbers of the passages that it points at, each once, in order of their first mark. */
  readonly cited: readonly number[];
}

/**
 * A model's Markdown without what it must not have. Marks of passages that there are not go: `[7]` of three passages. So do
 * images, HTML and the addresses of links, unless a passage's document is there: an answer is shown to people, and an instruction
 * hidden in a document could make it load, or point at, any address with what it has read.
 *
 * @param count of the passages, numbered from 1
 * @param urls where the documents of the passages are
 */
export function cleanAnswer(written: string, count: number, urls: ReadonlySet<string>): CleanAnswer {
  const cited = new Set<number>();
  const text = withoutForeignLinks(written.slice(0, maxAnswerLength).toWellFormed(), urls)
    .replaceAll(/( ?)((?:\[\d{1,4}(?:\s?[,;]\s?\d{1,4}){0,50}\])+)(?!\()/g, (_run, space: string, marks: string) => {
      const known = [...marks.matchAll(/\d+/g)].map(Number).filter((number) => number >= 1 && number <= count);
      for (const number of known) cited.add(number);
      return known.length === 0 ? '' : `${space}${known.map((number) => `[${number}]`).join('')}`;
    })
    .trim();
  return { text, cited: [...cited] };
}

function withoutForeignLinks(text: string, urls: ReadonlySet<string>): string {
  return text
    .replaceAll(/<\/?[a-z!?][^<>]{0,2000}>?/giu, (tag) => (urls.has(tag.slice(1, -1)) ? tag : ''))
    .replaceAll(/!\[([^\]]{0,500})\](?:\([^)]{0,2000}\)?|\[[^\]]{0,500}\])?/g, '$1')
    .replaceAll(/\[([^\]]{1,500})\]\(\s*<?([^)\s>]{0,2000})[^)]{0,500}\)?/g, (link, label: string, url: string) =>
      urls.has(url) ? link : /^\d{1,4}$/.test(label) ? `[${label}]` : label,
    )
    .replaceAll(/^ {0,3}\[[^\]]{1,500}\]:\s*\S.*$/gm, '')
    .replaceAll(/\bhttps?:\/\/[^\s<>()\]"']{1,2000}/gi, (url) => (urls.has(url.replace(/[.,;:!?]+$/, '')) ? url : ''));
}
