import { displayWidth, truncate } from './display-width.ts';
import type { Paint } from './paint.ts';
import { toTerminalText } from './terminal-text.ts';

/** One column of a table for people. */
export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** May be cut when the terminal is narrow, down to this many columns; absent: never cut. */
  readonly shrinksTo?: number;
}

/** What a cell shows; `tone` colours the whole cell. */
export interface Cell {
  readonly text: string;
  readonly tone?: 'muted' | 'good' | 'warning' | 'bad' | 'strong';
}

export interface TableLayout {
  /** Width of the terminal; absent (a pipe, a file): nothing is cut. */
  readonly width: number | undefined;
  readonly paint: Paint;
}

const gap = '  ';

/**
 * A table with a heading line and two spaces between columns, fitted to the terminal by cutting the columns that allow
 * it. Cell text is made safe for a terminal here.
 *
 * @returns lines joined by line feeds, without one at the end
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly (string | Cell)[])[],
  layout: TableLayout,
): string {
  const cells = rows.map((row) => row.map(toCell));
  const widths = fitWidths(columns, cells, layout.width);
  const heading = columns.map((column) => ({ text: column.title, tone: 'muted' as const }));
  return [heading, ...cells].map((row) => renderRow(row, columns, widths, layout.paint)).join('\n');
}

function toCell(cell: string | Cell): Cell {
  return typeof cell === 'string' ? { text: toTerminalText(cell) } : { ...cell, text: toTerminalText(cell.text) };
}

function fitWidths(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  available: number | undefined,
): readonly number[] {
  const widths = columns.map((column, index) =>
    rows.reduce((width, row) => Math.max(width, displayWidth(row[index]?.text ?? '')), displayWidth(column.title)),
  );
  if (available === undefined) return widths;
  let excess = widths.reduce((sum, width) => sum + width, 0) + gap.length * (columns.length - 1) - available;
  while (excess > 0) {
    const widest = columns
      .map((column, index) => ({ index, room: (widths[index] ?? 0) - (column.shrinksTo ?? Number.POSITIVE_INFINITY) }))
      .filter(({ room }) => room > 0)
      .sort((a, b) => b.room - a.room)[0];
    if (widest === undefined) break;
    const cut = Math.min(excess, Math.max(1, Math.floor(widest.room / 2)));
    widths[widest.index] = (widths[widest.index] ?? 0) - cut;
    excess -= cut;
  }
  return widths;
}

function renderRow(row: readonly Cell[], columns: readonly Column[], widths: readonly number[], paint: Paint): string {
  const parts = columns.map((column, index) => {
    const cell = row[index] ?? { text: '' };
    const text = truncate(cell.text, widths[index] ?? 0);
    const padding = ' '.repeat(Math.max(0, (widths[index] ?? 0) - displayWidth(text)));
    const painted = cell.tone === undefined ? text : paint[cell.tone](text);
    if (column.align === 'right') return padding + painted;
    return index === columns.length - 1 ? painted : painted + padding;
  });
  return parts.join(gap).trimEnd();
}
