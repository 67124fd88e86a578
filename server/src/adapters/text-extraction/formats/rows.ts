const maxColumnNameLength = 60;

/**
 * Rows of a table as list items that say what each value is, so that a row means something by itself:
 * `- river: Kunene; length_km: 1050`. The first row names the columns when all its cells look like names.
 */
export function rowsToMarkdown(rows: Iterable<readonly string[]>): string {
  const lines: string[] = [];
  let names: readonly string[] | undefined;
  let isFirst = true;
  for (const row of rows) {
    const cells = row.map((cell) => cell.replace(/\s+/g, ' ').trim());
    if (cells.every((cell) => cell === '')) continue;
    if (isFirst) {
      isFirst = false;
      if (looksLikeNames(cells)) {
        names = cells;
        continue;
      }
    }
    const values = cells.flatMap((cell, index) => {
      const name = names?.[index] ?? '';
      return cell === '' ? [] : [name === '' ? cell : `${name}: ${cell}`];
    });
    lines.push(`- ${values.join('; ')}`);
  }
  // A table of nothing but names still has words to find.
  if (lines.length === 0 && names !== undefined) lines.push(`- ${names.join('; ')}`);
  return lines.join('\n');
}

function looksLikeNames(cells: readonly string[]): boolean {
  const filled = cells.filter((cell) => cell !== '');
  if (filled.length < 2 || filled.length < cells.length / 2) return false;
  const isName = (cell: string) => /\p{L}/u.test(cell) && cell.length <= maxColumnNameLength && !/^\d/.test(cell);
  return filled.every(isName) && new Set(filled).size === filled.length;
}
