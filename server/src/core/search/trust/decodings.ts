/** A text that was written in a way that a reader does not take for words, and what it says. */
export interface Decoding {
  readonly written: string;
  readonly text: string;
}

const maxRuns = 20;
const maxRunLength = 8_000;
/** Shorter is an id or a word. */
const base64 = /(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/_-]{40,}={0,2}/g;
const hexadecimal = /(?<![0-9a-f])(?:(?:0x|\\x)?[0-9a-f]{2}[\s:,]?){20,}/gi;
const percentEncoded = /(?:[\w.+-]|%[0-9a-f]{2}){12,}/gi;
const entities = /(?:&#x?[0-9a-f]{2,6};\s?){8,}/gi;
/** Letters one by one: `i g n o r e`, `i.g.n.o.r.e`. */
const spacedOut = /(?<![\p{L}\p{N}])(?:[\p{L}\p{N}][ ._*|-]{1,3}){8,}[\p{L}\p{N}](?![\p{L}\p{N}])/gu;

/**
 * What the disguised parts of a text say: base64, hexadecimal, percent and entity encoding, letters one by one, letters of other
 * scripts or digits that look alike, rotation by thirteen, and backwards. Bounded: 20 parts of 8,000 characters of each kind.
 */
export function* decodings(text: string): Iterable<Decoding> {
  yield* runsOf(text, base64, (run) => toReadable(Buffer.from(run, 'base64url')));
  yield* runsOf(text, hexadecimal, (run) => toReadable(Buffer.from(run.replaceAll(/0x|\\x|[^0-9a-f]/gi, ''), 'hex')));
  if (text.includes('%')) yield* runsOf(text, percentEncoded, percentDecode);
  if (text.includes('&#')) yield* runsOf(text, entities, decodeEntities);
  yield* runsOf(text, spacedOut, joinLetters);
  const folded = mayLookAlike.test(text) ? foldLookAlikes(text) : text;
  if (folded !== text) yield { written: firstDifference(text, folded), text: folded };
  if (/vtaber|vafgehpgvba|flfgrz/i.test(text)) yield { written: text, text: rotate(text) };
  if (/erongi|noitcurtsni|tpmorp/i.test(text)) yield { written: text, text: [...text].reverse().join('') };
}

function* runsOf(text: string, pattern: RegExp, decode: (run: string) => string | undefined): Iterable<Decoding> {
  let count = 0;
  for (const [run] of text.matchAll(pattern)) {
    count += 1;
    if (count > maxRuns) return;
    const decoded = decode(run.slice(0, maxRunLength));
    if (decoded !== undefined) yield { written: run, text: decoded };
  }
}

function toReadable(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8');
  const strange = text.match(/[\p{Cc}\ufffd]/gu)?.length ?? 0;
  return strange * 20 > text.length ? undefined : text;
}

function percentDecode(run: string): string | undefined {
  try {
    return decodeURIComponent(run.replaceAll('+', ' '));
  } catch {
    // A percent sign that encodes nothing: ordinary text.
    return undefined;
  }
}

function decodeEntities(run: string): string {
  return run.replaceAll(/&#(x?)([0-9a-f]{2,6});\s?/gi, (_, isHex: string, digits: string) => {
    const code = Number.parseInt(digits, isHex === '' ? 10 : 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ' ';
  });
}

/** Wider gaps stand for the spaces between words. Where there are none, the words that matter are set apart. */
function joinLetters(run: string): string {
  const joined = run
    .replaceAll(/[ ._*|-]{2,}/g, '\u0000')
    .replaceAll(/[ ._*|-]/g, '')
    .replaceAll('\u0000', ' ');
  return joined.includes(' ') ? joined : joined.replaceAll(wordsThatMatter, ' $& ');
}

const wordsThatMatter =
  /ignore|disregard|forget|all|previous|prior|above|your|instructions?|system|prompt|reveal|rules/gi;

const lookAlikes: Readonly<Record<string, string>> = {
  // Cyrillic and Greek letters
  ...{
    а: 'a',
    в: 'b',
    е: 'e',
    к: 'k',
    м: 'm',
    н: 'h',
    о: 'o',
    р: 'p',
    с: 'c',
    т: 't',
    у: 'y',
    х: 'x',
    і: 'i',
    ѕ: 's',
    ј: 'j',
    ԁ: 'd',
  },
  ...{ α: 'a', ε: 'e', ι: 'i', κ: 'k', ν: 'v', ο: 'o', ρ: 'p', τ: 't', υ: 'u', χ: 'x' },
};
const lookAlikeLetters = new RegExp(`[${Object.keys(lookAlikes).join('')}]`, 'giu');
const digitLetters: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
};

/** Letters of other scripts inside a Latin word, digits between letters, full-width and styled letters. */
const mayLookAlike =
  /[A-Za-z][\u0370-\u03ff\u0400-\u052f]|[\u0370-\u03ff\u0400-\u052f][A-Za-z]|[a-z][013457@$]{1,2}[a-z]|[\uff21-\uff5a]|\ud835/;

/** Only inside words of Latin letters: Russian stays Russian, and numbers stay numbers. Full-width and styled letters become plain. */
function foldLookAlikes(text: string): string {
  return text.normalize('NFKC').replaceAll(/[\p{L}\p{N}@$]{3,40}/gu, (word) => {
    if (!/[a-z]/i.test(word)) return word;
    const latin = word.replaceAll(lookAlikeLetters, (letter) => lookAlikes[letter.toLowerCase()] ?? letter);
    return /^[a-z0134 57@$]+$/i.test(latin) && (latin.match(/[a-z]/gi)?.length ?? 0) >= 2
      ? latin.replaceAll(/[013457@$]/g, (digit) => digitLetters[digit] ?? digit)
      : latin;
  });
}

function firstDifference(text: string, folded: string): string {
  let at = 0;
  while (at < text.length && text[at] === folded[at]) at += 1;
  return text.slice(Math.max(0, at - 20), at + 80);
}

function rotate(text: string): string {
  return text.replaceAll(/[a-z]/gi, (letter) => {
    const base = letter <= 'Z' ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
  });
}
