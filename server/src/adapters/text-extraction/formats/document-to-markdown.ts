import { fence } from './code.ts';
import { rowsToMarkdown } from './rows.ts';
import { tableToMarkdown } from './table.ts';

/** What is read of a node of officeparser's tree, whatever its kind. */
export interface DocumentNode {
  readonly type: string;
  readonly text?: string;
  /** Source of a spreadsheet's cell, where it was asked for. */
  readonly rawContent?: string;
  readonly children?: readonly DocumentNode[];
  readonly notes?: readonly DocumentNode[];
  readonly comments?: readonly DocumentNode[];
  readonly formatting?: { readonly hidden?: boolean };
  readonly metadata?: {
    readonly level?: number;
    readonly listType?: string;
    readonly indentation?: number;
    readonly itemIndex?: number;
    readonly col?: number;
    readonly link?: string;
    readonly linkType?: string;
    readonly language?: string;
    readonly sheetName?: string;
    readonly slideNumber?: number;
    readonly pageNumber?: number;
    readonly attachmentName?: string;
  };
}

const maxLinkLength = 300;
/** Deeper than any document of a person; what is below is taken as plain text, so that recursion stays bounded. */
const maxDepth = 60;
/** Excel's own limit. */
const maxColumns = 16_384;

/** A document's tree as Markdown: headings, paragraphs, lists, tables, code; sheets and slides under headings of their own. */
export function documentToMarkdown(nodes: readonly DocumentNode[]): string {
  const blocks: Block[] = [];
  addAll(nodes, { blocks, seen: new Set() }, 0);
  return blocks
    .map(({ text, isItem }, index) => `${index > 0 && isItem && blocks[index - 1]?.isItem ? '\n' : '\n\n'}${text}`)
    .join('')
    .trim();
}

interface Block {
  readonly text: string;
  readonly isItem: boolean;
}

interface Output {
  readonly blocks: Block[];
  /** Notes and comments written already: several places may refer to one. */
  readonly seen: Set<DocumentNode>;
}

function addAll(nodes: readonly DocumentNode[], output: Output, depth: number): void {
  for (const node of nodes) addNode(node, output, depth);
}

function addNode(node: DocumentNode, output: Output, depth: number): void {
  const children = node.children ?? [];
  const add = (text: string, isItem = false) => {
    if (text.trim() !== '') output.blocks.push({ text, isItem });
  };
  switch (node.type) {
    case 'heading':
      add(heading(node.metadata?.level ?? 1, inline(children, node, depth)));
      break;
    case 'list':
      addListItem(node, output, depth);
      break;
    case 'table':
      add(tableToMarkdown(children.map((row) => (row.children ?? []).map((cell) => cellText(cell, depth)))));
      addNotesBelow(children, output, depth);
      break;
    case 'code':
      add(fence(node.text ?? inline(children, node, depth), node.metadata?.language ?? ''));
      break;
    case 'sheet':
      addSheet(node, output, depth);
      break;
    case 'slide':
      addSlide(node, output, depth);
      break;
    case 'image':
    case 'drawing':
    case 'break':
    case 'comment':
      break;
    default:
      if (depth < maxDepth && children.some((child) => !isInline(child))) addAll(children, output, depth + 1);
      else add(inline(children, node, depth));
  }
  addNotes(node, output, depth);
}

function addListItem(node: DocumentNode, output: Output, depth: number): void {
  const children = node.children ?? [];
  const { listType, indentation = 0, itemIndex = 0 } = node.metadata ?? {};
  const marker = listType === 'ordered' ? `${itemIndex + 1}. ` : '- ';
  const text = inline(children.filter(isInline), node, depth).replaceAll('\n', ' ').trim();
  if (text !== '')
    output.blocks.push({ text: `${'  '.repeat(Math.min(indentation, 8))}${marker}${text}`, isItem: true });
  const blocks = children.filter((child) => !isInline(child));
  if (depth < maxDepth) addAll(blocks, output, depth + 1);
}

/** Text of rows, each value with its column's name; the sheet's name is their heading. */
function addSheet(node: DocumentNode, output: Output, depth: number): void {
  const rows = (node.children ?? []).filter((row) => row.type === 'row');
  const text = rowsToMarkdown(rows.map((row) => cellsInColumns(row, depth)));
  const others = (node.children ?? []).filter((child) => child.type !== 'row');
  const name = node.metadata?.sheetName?.trim() ?? '';
  if (name !== '' && (text !== '' || others.length > 0)) output.blocks.push({ text: heading(2, name), isItem: false });
  if (text !== '') output.blocks.push({ text, isItem: false });
  addAll(others, output, depth + 1);
  addNotesBelow(rows, output, depth);
}

/** A sheet's rows hold only the cells that are filled; each says its column. */
function cellsInColumns(row: DocumentNode, depth: number): readonly string[] {
  const cells: string[] = [];
  for (const cell of row.children ?? []) {
    const column = Math.min(cell.metadata?.col ?? cells.length, maxColumns - 1);
    while (cells.length < column) cells.push('');
    cells[column] = cellText(cell, depth);
  }
  return cells;
}

/** A slide's own title heads it; one without gets its number, so that slides stay apart. */
function addSlide(node: DocumentNode, output: Output, depth: number): void {
  const children = node.children ?? [];
  const start = output.blocks.length;
  addAll(children, output, depth + 1);
  const isHeaded = output.blocks[start]?.text.startsWith('#') === true;
  if (output.blocks.length > start && !isHeaded) {
    output.blocks.splice(start, 0, {
      text: heading(2, `Slide ${node.metadata?.slideNumber ?? ''}`.trim()),
      isItem: false,
    });
  }
}

function addNotes(node: DocumentNode, output: Output, depth: number): void {
  for (const [label, notes] of [
    ['Note', node.notes],
    ['Comment', node.comments],
  ] as const) {
    for (const note of notes ?? []) {
      if (output.seen.has(note)) continue;
      output.seen.add(note);
      const text = cellText(note, depth);
      if (text !== '') output.blocks.push({ text: `${label}: ${text}`, isItem: false });
    }
  }
  for (const child of node.children ?? []) if (isInline(child)) addNotes(child, output, depth);
}

function addNotesBelow(nodes: readonly DocumentNode[], output: Output, depth: number): void {
  if (depth >= maxDepth) return;
  for (const node of nodes) {
    addNotes(node, output, depth);
    addNotesBelow(
      (node.children ?? []).filter((child) => !isInline(child)),
      output,
      depth + 1,
    );
  }
}

/** All text below a node in one line. */
function cellText(node: DocumentNode, depth: number): string {
  const children = node.children ?? [];
  if (children.length === 0 || depth >= maxDepth) return (node.text ?? '').replace(/\s+/g, ' ').trim();
  if (children.every(isInline)) return inline(children, node, depth).replace(/\s+/g, ' ').trim();
  return children
    .map((child) => (isInline(child) ? inline([child], child, depth) : cellText(child, depth + 1)))
    .filter((text) => text !== '')
    .join(' ');
}

function isInline(node: DocumentNode): boolean {
  return node.type === 'text' || node.type === 'break' || node.type === 'image' || node.type === 'note';
}

function inline(children: readonly DocumentNode[], parent: DocumentNode, depth: number): string {
  if (children.length === 0) return parent.type === 'image' ? '' : (parent.text ?? '').trim();
  const parts = children.map((child) => {
    if (child.type === 'break') return '\n';
    if (child.type === 'image' || child.type === 'note' || child.formatting?.hidden === true) return '';
    if (child.type !== 'text')
      return depth < maxDepth ? inline(child.children ?? [], child, depth + 1) : (child.text ?? '');
    return linked(child.text ?? '', child);
  });
  return parts.join('').trim();
}

function linked(text: string, node: DocumentNode): string {
  const link = node.metadata?.link;
  if (link === undefined || node.metadata?.linkType === 'internal' || link.length > maxLinkLength) return text;
  if (!/^(?:https?:\/\/|mailto:)[^\s()<>]+$/i.test(link) || text.trim() === '' || /[[\]\n]/.test(text)) return text;
  return text.trim() === link ? text : text.replace(text.trim(), () => `[${text.trim()}](${link})`);
}

function heading(level: number, text: string): string {
  const words = text.replace(/\s+/g, ' ').trim();
  return words === '' ? '' : `${'#'.repeat(Math.min(6, Math.max(1, level)))} ${words}`;
}
