import { Parser } from 'htmlparser2';
import { decodeText } from '../decode-text.ts';
import type { ParsedText } from '../parsed-text.ts';
import { HtmlWriter } from './html-writer.ts';

/** Elements whose contents are not what a page says: scripts, forms' controls, pictures, and what surrounds the text. */
const skippedElements = new Set(
  'script style noscript template svg math iframe object embed canvas audio video button select option textarea datalist nav dialog'.split(
    ' ',
  ),
);
const skippedRoles = new Set([
  'navigation',
  'search',
  'banner',
  'contentinfo',
  'menu',
  'menubar',
  'dialog',
  'alertdialog',
]);
const voidElements = new Set('area base br col embed hr img input link meta source track wbr param'.split(' '));
const hiddenStyle =
  /(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0*)?\s*(?:[;!]|$)|font-size\s*:\s*0(?![.\d]*[1-9])|(?:text-indent|left|top)\s*:\s*-\d{4,})/i;
const maxStyleLength = 2000;

/**
 * A page as Markdown: what a reader sees of it, without scripts, navigation, comments and hidden text. Parsed as a stream, so
 * that neither size nor depth of nesting matters.
 */
export function parseHtml(html: string): ParsedText {
  const writer = new HtmlWriter();
  let title = '';
  let isInTitle = false;
  let skipped = 0;
  /** Depth of `skipped` at which what nobody sees begins; navigation and scripts are skipped, not hidden. */
  let hiddenFrom = Number.POSITIVE_INFINITY;
  let hiddenCharacters = 0;
  const parser = new Parser(
    {
      onopentag: (name, attributes) => {
        if (voidElements.has(name)) {
          if (skipped === 0 && !isHidden(attributes)) writer.void(name, attributes);
        } else if (skipped > 0 || skippedElements.has(name) || isHidden(attributes) || isSkippedRole(attributes)) {
          skipped += 1;
          if (isHidden(attributes)) hiddenFrom = Math.min(hiddenFrom, skipped);
        } else if (name === 'title') {
          isInTitle = title === '';
          skipped += 1;
        } else {
          writer.open(name, attributes);
        }
      },
      ontext: (text) => {
        if (isInTitle) title += text;
        else if (skipped === 0) writer.text(text);
        else if (skipped >= hiddenFrom) hiddenCharacters += text.trim().length;
      },
      oncomment: (comment) => {
        hiddenCharacters += comment.trim().length;
      },
      onclosetag: (name) => {
        if (voidElements.has(name)) return;
        if (skipped > 0) {
          skipped -= 1;
          if (skipped < hiddenFrom) hiddenFrom = Number.POSITIVE_INFINITY;
        } else {
          writer.close(name);
        }
        isInTitle = false;
      },
    },
    { decodeEntities: true },
  );
  parser.write(html);
  parser.end();
  const words = title.replace(/\s+/g, ' ').trim();
  return { markdown: writer.finish(), hiddenCharacters, ...(words === '' ? {} : { title: words }) };
}

/** HTML's bytes to text, by the encoding that the page names where its bytes alone do not tell. */
export function decodeHtml(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 2048)).toString('latin1');
  return decodeText(bytes, /<meta[^>]{1,200}charset\s*=\s*["']?([\w-]{1,40})/i.exec(head)?.[1]);
}

function isHidden(attributes: Readonly<Record<string, string>>): boolean {
  if (attributes.hidden !== undefined && attributes.hidden !== 'until-found') return true;
  if (attributes['aria-hidden']?.toLowerCase() === 'true') return true;
  return attributes.style !== undefined && hiddenStyle.test(attributes.style.slice(0, maxStyleLength));
}

function isSkippedRole(attributes: Readonly<Record<string, string>>): boolean {
  return attributes.role !== undefined && skippedRoles.has(attributes.role.toLowerCase());
}
