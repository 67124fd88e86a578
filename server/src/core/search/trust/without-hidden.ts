/**
 * A text for a model without what a person does not see and a model reads: controls, zero-width characters, directions, tags. What
 * is indexed has none of it; names, headings and fields come as their source gives them.
 */
export function withoutHidden(text: string): string {
  return text
    .replaceAll(/[\p{Cc}--[\t\n]]/gv, ' ')
    .replaceAll(/[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu, '')
    .toWellFormed();
}
