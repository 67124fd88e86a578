import { Parser } from 'htmlparser2';
import type { ParsedText } from '../parsed-text.ts';

const maxAttributeLength = 200;
const declaredEntities = /<!DOCTYPE[^[>]{0,1000}\[[\s\S]*?\]\s*>/i;

/**
 * XML as lines of `element: text`, attributes that read like words included. Entities that a document defines for itself are
 * not expanded, and nothing outside the file is read.
 */
export function parseXml(text: string, isDrawing: boolean): ParsedText {
  const lines: string[] = [];
  let title: string | undefined;
  let name = '';
  let content = '';
  const flush = () => {
    const words = content.replace(/\s+/g, ' ').trim();
    content = '';
    if (words === '') return;
    if (title === undefined && localName(name) === 'title') title = words;
    lines.push(name === '' ? words : `${localName(name)}: ${words}`);
  };
  const parser = new Parser(
    {
      onopentag: (tag, attributes) => {
        flush();
        name = tag;
        const words = isDrawing ? [] : Object.entries(attributes).filter(([key, value]) => isReadable(key, value));
        if (words.length > 0)
          lines.push(`${localName(tag)}: ${words.map(([key, value]) => `${key} ${value}`).join('; ')}`);
      },
      ontext: (part) => {
        content += part;
      },
      onclosetag: () => {
        flush();
        name = '';
      },
    },
    { xmlMode: true, decodeEntities: true },
  );
  parser.write(text.replace(declaredEntities, ''));
  parser.end();
  flush();
  return { markdown: lines.join('\n'), ...(title === undefined ? {} : { title }) };
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function isReadable(key: string, value: string): boolean {
  return !/^xml|schemaLocation|:schema/i.test(key) && /\p{L}{2}/u.test(value) && value.length <= maxAttributeLength;
}
