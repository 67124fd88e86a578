import { fence } from './code.ts';
import { tableToMarkdown } from './table.ts';

type Attributes = Readonly<Record<string, string>>;

const blockElements = new Set(
  'address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form header html legend li main ol p section summary ul h1 h2 h3 h4 h5 h6'.split(
    ' ',
  ),
);
const maxLinkLength = 300;
/** Deeper lists and quotes are written as if they were at this depth. */
const maxIndent = 8;

interface Table {
  readonly rows: string[][];
  /** Cells that hold whole sections: the table is there for layout. */
  isLayout: boolean;
}

/** Collects a stream of elements and text into Markdown blocks. Keeps counters rather than a tree. */
export class HtmlWriter {
  readonly #blocks: { readonly text: string; readonly isTight: boolean }[] = [];
  readonly #lists: { readonly isOrdered: boolean; count: number }[] = [];
  readonly #links: { readonly href: string; readonly start: number }[] = [];
  #line = '';
  #marker = '';
  #heading = 0;
  #quotes = 0;
  #preformatted = 0;
  #language = '';
  #table: Table | undefined;
  #tables = 0;

  open(name: string, attributes: Attributes): void {
    if (this.#preformatted > 0) {
      if (name === 'code') this.#language = languageOf(attributes) || this.#language;
      if (name === 'pre') this.#preformatted += 1;
      return;
    }
    if (this.#table === undefined) this.#openBlock(name, attributes);
    else this.#openInTable(name, attributes, this.#table);
  }

  #openBlock(name: string, attributes: Attributes): void {
    if (blockElements.has(name) || name === 'table' || name === 'pre') this.#endBlock();
    const heading = /^h([1-6])$/.exec(name)?.[1];
    if (heading !== undefined) this.#heading = Number(heading);
    else if (name === 'ul' || name === 'ol') this.#lists.push({ isOrdered: name === 'ol', count: 0 });
    else if (name === 'li') this.#startItem();
    else if (name === 'blockquote') this.#quotes += 1;
    else if (name === 'table') this.#openTable();
    else if (name === 'pre') {
      this.#preformatted = 1;
      this.#language = languageOf(attributes);
    } else this.#openInline(name, attributes);
  }

  close(name: string): void {
    if (this.#preformatted > 0) {
      if (name === 'pre') this.#preformatted -= 1;
      if (name === 'pre' && this.#preformatted === 0) this.#endCode();
      return;
    }
    if (this.#table === undefined) this.#closeBlock(name);
    else this.#closeInTable(name, this.#table);
  }

  #closeBlock(name: string): void {
    if (name === 'a' || name === 'code') this.#closeInline(name);
    if (!blockElements.has(name)) return;
    this.#endBlock();
    if (name === 'ul' || name === 'ol') this.#lists.pop();
    else if (name === 'li') this.#marker = '';
    else if (name === 'blockquote') this.#quotes -= 1;
    else if (/^h[1-6]$/.test(name)) this.#heading = 0;
  }

  void(name: string, attributes: Attributes): void {
    if (name === 'br')
      this.#line += this.#preformatted > 0 || (this.#heading === 0 && this.#table === undefined) ? '\n' : ' ';
    else if (name === 'hr' && this.#table === undefined) this.#endBlock();
    else if (name === 'img' && attributes.alt) this.text(` ${attributes.alt} `);
  }

  text(text: string): void {
    if (this.#preformatted > 0) {
      this.#line += text;
      return;
    }
    const words = text.replace(/[ \t\r\n\f]+/g, ' ');
    this.#line += /(?:^|\s)$/.test(this.#line.slice(-1)) ? words.trimStart() : words;
  }

  finish(): string {
    if (this.#preformatted > 0) this.#endCode();
    if (this.#table !== undefined) this.#endTable(this.#table);
    this.#endBlock();
    return this.#blocks
      .map(({ text, isTight }, index) => `${index === 0 ? '' : isTight ? '\n' : '\n\n'}${text}`)
      .join('');
  }

  #startItem(): void {
    const list = this.#lists.at(-1);
    if (list !== undefined) list.count += 1;
    this.#marker = list?.isOrdered === true ? `${list.count}. ` : '- ';
  }

  #openInline(name: string, attributes: Attributes): void {
    if (name === 'a') this.#links.push({ href: toLink(attributes.href), start: this.#line.length });
    else if (name === 'code') this.#line += '`';
  }

  #closeInline(name: string): void {
    if (name === 'code') {
      this.#line += '`';
      return;
    }
    const link = this.#links.pop();
    if (link === undefined || link.href === '' || link.start > this.#line.length) return;
    const label = this.#line.slice(link.start);
    // A label that holds a link or nothing to read cannot be a link's.
    if (label.trim() === '' || /[[\]\n]/.test(label)) return;
    const space = /^\s*/.exec(label)?.[0] ?? '';
    this.#line = `${this.#line.slice(0, link.start)}${space}[${label.trim()}](${link.href})${/\s$/.test(label) ? ' ' : ''}`;
  }

  #endBlock(): void {
    const text = this.#line
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && line !== '``')
      .join('\n');
    this.#line = '';
    this.#links.length = 0;
    if (text === '') return;
    if (this.#heading > 0) this.#push(`${'#'.repeat(this.#heading)} ${text.replaceAll('\n', ' ')}`, false);
    // Words that look like Markdown's own marks stay words.
    else
      this.#push(
        text.replace(/^(#{1,6}\s|```|~~~)/gm, '\\$1'),
        this.#marker !== '' && (this.#lists.at(-1)?.count ?? 0) > 1,
      );
  }

  #push(text: string, isTight: boolean): void {
    const depth = Math.min(this.#lists.length, maxIndent);
    const marker = this.#marker;
    this.#marker = '';
    const outer = depth === 0 ? '' : '  '.repeat(depth - 1);
    const first = marker === '' && depth > 0 ? `${outer}  ` : `${outer}${marker}`;
    const rest = depth === 0 ? '' : `${outer}${' '.repeat(marker === '' ? 2 : marker.length)}`;
    const quote = '> '.repeat(Math.min(this.#quotes, maxIndent));
    const lines = text.split('\n').map((line, index) => `${quote}${index === 0 ? first : rest}${line}`);
    this.#blocks.push({ text: lines.join('\n'), isTight: isTight || (depth > 1 && marker !== '') });
  }

  #endCode(): void {
    const code = fence(this.#line, this.#language);
    this.#line = '';
    this.#preformatted = 0;
    if (this.#table !== undefined) this.#table.isLayout = true;
    if (code !== '') this.#push(code, false);
  }

  #openTable(): void {
    this.#table = { rows: [], isLayout: false };
    this.#tables = 1;
  }

  #openInTable(name: string, attributes: Attributes, table: Table): void {
    if (name === 'table') {
      // A table in a table: the outer one is there for layout, and its rows so far are paragraphs.
      this.#tables += 1;
      table.isLayout = true;
      this.#endCell(table);
    } else if (name === 'tr') {
      this.#endCell(table);
      table.rows.push([]);
    } else if (name === 'td' || name === 'th') {
      this.#endCell(table);
      if (table.rows.length === 0) table.rows.push([]);
      table.rows.at(-1)?.push('');
    } else if (name === 'pre') {
      this.#preformatted = 1;
      this.#language = languageOf(attributes);
    } else if (blockElements.has(name)) this.text(' ');
    else this.#openInline(name, attributes);
  }

  #closeInTable(name: string, table: Table): void {
    if (name === 'td' || name === 'th' || name === 'tr' || name === 'caption') this.#endCell(table);
    else if (name === 'a' || name === 'code') this.#closeInline(name);
    else if (name === 'table') {
      this.#tables -= 1;
      this.#endCell(table);
      if (this.#tables === 0) this.#endTable(table);
    } else if (blockElements.has(name)) this.text(' ');
  }

  #endCell(table: Table): void {
    const text = this.#line.trim();
    this.#line = '';
    this.#links.length = 0;
    if (text === '') return;
    const row = table.rows.at(-1);
    if (row === undefined || row.length === 0) this.#push(text, false);
    else row[row.length - 1] = `${row.at(-1) ?? ''} ${text}`.trim();
  }

  #endTable(table: Table): void {
    this.#endCell(table);
    this.#table = undefined;
    this.#tables = 0;
    const text = tableToMarkdown(table.rows, table.isLayout);
    if (text !== '') this.#push(text, false);
  }
}

function toLink(href: string | undefined): string {
  if (href === undefined || href.length > maxLinkLength) return '';
  return /^(?:https?:\/\/|mailto:)[^\s()<>]+$/i.test(href.trim()) ? href.trim() : '';
}

function languageOf(attributes: Attributes): string {
  return /(?:^|\s)(?:language|lang)-([\w+#-]{1,30})/.exec(attributes.class ?? '')?.[1] ?? '';
}
