import { stripVTControlCharacters } from 'node:util';

/** Control characters, and the marks that reorder or hide text: none may reach a terminal from a document. */
const unsafe = /[\p{Cc}\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

/**
 * Text from a document, a name or a server, made safe to print: escape sequences and control characters go, white space
 * becomes single spaces, so the result is one line.
 */
export function toTerminalText(text: string): string {
  return stripVTControlCharacters(text).replace(/\s+/gu, ' ').replace(unsafe, '').trim();
}

/** JSON on one or several lines whose every character is harmless in a terminal; it parses to the same value. */
export function toTerminalJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
