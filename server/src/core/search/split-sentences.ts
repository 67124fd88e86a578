/** Part of a text, in UTF-16 units: from `start` up to, not including, `end`. */
export interface TextSpan {
  readonly start: number;
  readonly end: number;
}

/** Ends of sentences, with closing quotes; and of lines, since headings, list items and table rows have no full stop. */
const sentenceEnd = /[.!?…]+["'”’»)\]]*(?=\s)|[。！？]+[」』）]*|\n/gu;

/**
 * The sentences and lines of a text, in order, without blanks at their ends. One longer than `maxLength` is divided after words
 * (or between characters, where there are none).
 *
 * @param maxLength in UTF-16 units
 */
export function splitSentences(text: string, maxLength: number): readonly TextSpan[] {
  const spans: TextSpan[] = [];
  let start = 0;
  for (const match of text.matchAll(sentenceEnd)) {
    add(match.index + match[0].length);
  }
  add(text.length);
  return spans;

  function add(end: number): void {
    while (end - start > maxLength) {
      const space = text.lastIndexOf(' ', start + maxLength);
      const cut = space > start ? space : pairStart(text, start + maxLength);
      push(start, cut);
      start = cut;
    }
    push(start, end);
    start = end;
  }

  function push(from: number, to: number): void {
    const part = text.slice(from, to);
    const trimmed = part.trim();
    if (trimmed === '') return;
    const first = from + part.indexOf(trimmed);
    spans.push({ start: first, end: first + trimmed.length });
  }
}

/** Not between the halves of a surrogate pair. */
function pairStart(text: string, place: number): number {
  const unit = text.charCodeAt(place);
  return unit >= 0xdc00 && unit <= 0xdfff ? place - 1 : place;
}
