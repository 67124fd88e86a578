/** Text between fences longer than any run of backticks at the start of one of its lines. */
export function fence(text: string, language: string): string {
  let longest = 2;
  for (const [run] of text.matchAll(/^[ \t]*`{3,}/gm)) longest = Math.max(longest, run.trim().length);
  const marks = '`'.repeat(longest + 1);
  return text.trim() === '' ? '' : `${marks}${language}\n${text.replace(/^(?:[ \t]*\n)+/, '').trimEnd()}\n${marks}`;
}
