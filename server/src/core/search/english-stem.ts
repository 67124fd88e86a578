/** Words whose stem follows from no rule. */
const exceptions: ReadonlyMap<string, string> = new Map(
  Object.entries({
    skis: 'ski',
    skies: 'sky',
    dying: 'die',
    lying: 'lie',
    tying: 'tie',
    idly: 'idl',
    gently: 'gentl',
    ugly: 'ugli',
    early: 'earli',
    only: 'onli',
    singly: 'singl',
    ...Object.fromEntries(['sky', 'news', 'howe', 'atlas', 'cosmos', 'bias', 'andes'].map((word) => [word, word])),
  }),
);
const exceptionsAfterPlural = new Set([
  ...['inning', 'outing', 'canning', 'herring', 'earring', 'evening', 'proceed', 'exceed', 'succeed'],
]);
/** These begin words of different meanings: what follows them is the ending. */
const prefixes = /^(?:gener|commun|arsen|past|univers|later|emerg|organ|inter)/;

const step2: readonly (readonly [string, string])[] = [
  ['ization', 'ize'],
  ['ational', 'ate'],
  ['fulness', 'ful'],
  ['ousness', 'ous'],
  ['iveness', 'ive'],
  ['tional', 'tion'],
  ['biliti', 'ble'],
  ['lessli', 'less'],
  ['entli', 'ent'],
  ['ogist', 'og'],
  ['ation', 'ate'],
  ['alism', 'al'],
  ['aliti', 'al'],
  ['ousli', 'ous'],
  ['iviti', 'ive'],
  ['fulli', 'ful'],
  ['enci', 'ence'],
  ['anci', 'ance'],
  ['abli', 'able'],
  ['izer', 'ize'],
  ['ator', 'ate'],
  ['alli', 'al'],
  ['bli', 'ble'],
];
const step3: readonly (readonly [string, string])[] = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['alize', 'al'],
  ['icate', 'ic'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ness', ''],
  ['ful', ''],
];
const step4 = [
  ...['ement', 'ance', 'ence', 'able', 'ible', 'ment', 'ant', 'ent', 'ism', 'ate', 'iti', 'ous', 'ive', 'ize'],
  ...['al', 'er', 'ic'],
];

const vowel = '[aeiouy]';
const hasVowel = new RegExp(vowel);
const doubled = /(?:bb|dd|ff|gg|mm|nn|pp|rr|tt)$/;
const endsInShortSyllable = /(?:^past|^[aeiouy][^aeiouy]|[^aeiouy][aeiouy][^aeiouywxY])$/;

/**
 * The stem of an English word by the Snowball rules (Porter 2), as full-text engines use it: `connecting`, `connection` and
 * `connects` are all `connect`.
 *
 * @param word in lower case
 * @see https://snowballstem.org/algorithms/english/stemmer.html
 */
export function englishStem(word: string): string {
  if (word.length <= 2) return word;
  const exception = exceptions.get(word);
  if (exception !== undefined) return exception;
  const marked = word
    .replace(/^'/, '')
    .replace(/^y/, 'Y')
    .replace(/([aeiouy])y/g, '$1Y');
  const r1 = regionAfter(marked, startOfR1(marked));
  const regions = { r1, r2: regionAfter(marked, afterVowelAndConsonant(marked, r1)) };
  const singular = withoutPlural(marked.replace(/'(?:s'?)?$/, ''));
  if (exceptionsAfterPlural.has(singular)) return singular;
  const plain = withoutPast(singular, regions.r1).replace(/(?<=.[^aeiouy])[yY]$/, 'i');
  const short = step4Of(step3Of(step2Of(plain, regions.r1), regions), regions.r2);
  return withoutLastLetter(short, regions).toLowerCase();
}

function startOfR1(word: string): number {
  const prefix = prefixes.exec(word);
  return prefix === null ? afterVowelAndConsonant(word, 0) : prefix[0].length;
}

function afterVowelAndConsonant(word: string, from: number): number {
  const found = /[aeiouy][^aeiouy]/.exec(word.slice(from));
  return found === null ? word.length : from + found.index + 2;
}

function regionAfter(word: string, start: number): number {
  return Math.min(start, word.length);
}

function withoutPlural(word: string): string {
  if (word.endsWith('sses')) return word.slice(0, -2);
  if (/ie[ds]$/.test(word)) return word.slice(0, word.length > 4 ? -2 : -1);
  if (/(?:us|ss)$/.test(word)) return word;
  return word.endsWith('s') && hasVowel.test(word.slice(0, -2)) ? word.slice(0, -1) : word;
}

function withoutPast(word: string, r1: number): string {
  const eed = /eed(?:ly)?$/.exec(word);
  if (eed !== null) return eed.index >= r1 ? `${word.slice(0, eed.index)}ee` : word;
  const ending = /(?:ingly|edly|ing|ed)$/.exec(word);
  if (ending === null) return word;
  const stem = word.slice(0, ending.index);
  if (ending[0] === 'ing' && /^[^aeiouy]y$/.test(stem)) return `${stem.slice(0, 1)}ie`;
  if (!hasVowel.test(stem)) return word;
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  // `added` is `add`, `hopped` is `hop`.
  if (doubled.test(stem)) return /^[aeo]..$/.test(stem) ? stem : stem.slice(0, -1);
  return r1 >= stem.length && endsInShortSyllable.test(stem) ? `${stem}e` : stem;
}

function step2Of(word: string, r1: number): string {
  const rule = step2.find(([ending]) => word.endsWith(ending));
  if (rule !== undefined) return replaceIn(word, r1, ...rule);
  if (word.endsWith('ogi')) return word.endsWith('logi') ? replaceIn(word, r1, 'ogi', 'og') : word;
  return /[cdeghkmnrt]li$/.test(word) ? replaceIn(word, r1, 'li', '') : word;
}

function step3Of(word: string, { r1, r2 }: { readonly r1: number; readonly r2: number }): string {
  const rule = step3.find(([ending]) => word.endsWith(ending));
  if (rule !== undefined) return replaceIn(word, r1, ...rule);
  return word.endsWith('ative') ? replaceIn(word, r2, 'ative', '') : word;
}

function step4Of(word: string, r2: number): string {
  const ending = step4.find((some) => word.endsWith(some));
  if (ending !== undefined) return replaceIn(word, r2, ending, '');
  return /[st]ion$/.test(word) ? replaceIn(word, r2, 'ion', '') : word;
}

function withoutLastLetter(word: string, { r1, r2 }: { readonly r1: number; readonly r2: number }): string {
  const last = word.length - 1;
  if (word.endsWith('e')) {
    const stem = word.slice(0, -1);
    return last >= r2 || (last >= r1 && !endsInShortSyllable.test(stem)) ? stem : word;
  }
  return word.endsWith('ll') && last >= r2 ? word.slice(0, -1) : word;
}

/** The ending goes only where all of it lies in the region. */
function replaceIn(word: string, region: number, ending: string, replacement: string): string {
  const start = word.length - ending.length;
  return start >= region ? word.slice(0, start) + replacement : word;
}
