import { expect, it } from 'vitest';
import { displayWidth } from './display-width.ts';
import { createPaint } from './paint.ts';
import { renderTable } from './render-table.ts';

const paint = createPaint(false);
const columns = [{ title: 'Name', shrinksTo: 6 }, { title: 'Documents', align: 'right' }, { title: 'State' }] as const;

it('lines up columns, numbers to the right', () => {
  const table = renderTable(
    columns,
    [
      ['notes', '1,204', 'fine'],
      ['データ', '3', 'failing'],
    ],
    { width: 80, paint },
  );
  expect(table).toMatchInlineSnapshot(`
    "Name    Documents  State
    notes       1,204  fine
    データ          3  failing"
  `);
});

it('cuts only the columns that allow it, to the width of the terminal', () => {
  const table = renderTable(columns, [['a name that is far too long', '12', 'fine']], { width: 30, paint });
  expect(table).toMatchInlineSnapshot(`
    "Name          Documents  State
    a name that…         12  fine"
  `);
  expect(table.split('\n').every((line) => displayWidth(line) <= 30)).toBe(true);
});

it('cuts nothing when the answer goes to a pipe', () => {
  const name = 'x'.repeat(300);
  expect(renderTable(columns, [[name, '1', 'fine']], { width: undefined, paint })).toContain(name);
});

it('prints cells from documents without their escape sequences', () => {
  const table = renderTable(columns, [['\u001b[2Jnotes\nfake row', '1', 'fine']], { width: 80, paint });
  expect(table.split('\n')).toHaveLength(2);
  expect(table).not.toContain('\u001b');
});

it('colours a cell without moving the ones after it', () => {
  const row = [{ text: 'x', tone: 'bad' as const }, '1', 'fine'];
  const painted = renderTable(columns, [row], { width: 80, paint: createPaint(true) });
  // biome-ignore lint/complexity/useRegexLiterals: the escape character is not allowed in a literal
  expect(painted.replaceAll(new RegExp('\\u001b\\[\\d+m', 'g'), '')).toBe(
    renderTable(columns, [row], { width: 80, paint }),
  );
  expect(painted).toContain('\u001b[31mx\u001b[39m');
});
