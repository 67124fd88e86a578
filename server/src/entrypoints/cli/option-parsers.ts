import { InvalidArgumentError } from 'commander';

/** For commander: a whole number between two bounds, both allowed. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`Give a whole number from ${min} to ${max.toLocaleString('en')}.`);
    }
    return value;
  };
}

/** For commander: `a,b`, given once or several times. */
export function commaList(text: string, before: readonly string[] = []): readonly string[] {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  return [...before, ...items];
}

/** For commander: any text, given once or several times. */
export function repeated(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** For commander: one of a few words. `aliases` are other spellings that mean one of them. */
export function oneOf(
  words: readonly string[],
  aliases: Readonly<Record<string, string>> = {},
): (text: string) => string {
  return (text) => {
    const word = Object.hasOwn(aliases, text) ? aliases[text] : text;
    if (word === undefined || !words.includes(word))
      throw new InvalidArgumentError(`Give one of: ${words.join(', ')}.`);
    return word;
  };
}
