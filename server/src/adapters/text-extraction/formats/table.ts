/** A cell longer than this is a piece of a page, not a value. */
const maxCellLength = 1000;

/**
 * Rows as a Markdown table, the first being its header. Tables of one column, of long cells or made for layout become
 * paragraphs instead: they would be read across.
 */
export function tableToMarkdown(rows: readonly (readonly string[])[], isLayout = false): string {
  const cells = rows
    .map((row) => row.map((cell) => cell.replace(/\s+/g, ' ').trim()))
    .filter((row) => row.some((cell) => cell !== ''));
  const width = cells.reduce((widest, row) => Math.max(widest, row.length), 0);
  if (width < 2 || isLayout || cells.some((row) => row.some((cell) => cell.length > maxCellLength))) {
    return cells.map((row) => row.filter((cell) => cell !== '').join('\n\n')).join('\n\n');
  }
  const toLine = (row: readonly string[]) =>
    `| ${Array.from({ length: width }, (_, index) => (row[index] ?? '').replaceAll('|', '\\|')).join(' | ')} |`;
  const [header = [], ...body] = cells;
  return [toLine(header), `|${' --- |'.repeat(width)}`, ...body.map(toLine)].join('\n');
}
