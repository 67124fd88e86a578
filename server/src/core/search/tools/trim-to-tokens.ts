import { splitSentences, type TextSpan } from '../split-sentences.ts';
import { cutToTokens, estimateTokens } from './estimate-tokens.ts';

export interface TrimOptions<Item> {
  /** Estimated tokens of everything that is kept. */
  readonly maxTokens: number;
  readonly textOf: (item: Item) => string;
  /** Places in the text that the item was found for, if any. */
  readonly placesOf: (item: Item) => readonly TextSpan[];
  /** Tokens that an item takes beside its text. */
  readonly overheadOf: (item: Item) => number;
}

export interface TrimmedItem<Item> {
  readonly item: Item;
  readonly text: string;
  /** Something of the text is missing; `…` stands where. */
  readonly isCut: boolean;
}

export interface Trimmed<Item> {
  /** In the order given. */
  readonly kept: readonly TrimmedItem<Item>[];
  /** Items that did not fit, and about how many tokens of text are missing in all. */
  readonly leftOut: { readonly items: number; readonly tokens: number };
  /** Of what is kept. */
  readonly tokens: number;
}

/** Less text than this says nothing: then the item is left out. */
const minFragmentTokens = 40;
/** Sentences longer than this may be cut within. In UTF-16 units. */
const maxSentenceLength = 600;

interface Kept<Item> {
  readonly item: Item;
  readonly text: string;
  readonly allowance: number | null;
}

/**
 * Makes a ranking fit into a number of tokens, by what its parts are worth, not by where they stand: the best items first and
 * whole; one that would take more than half of everything while others wait is cut to the sentences around the places it was
 * found for; what does not fit is left out, while later items that fit may still come. What is over in the end goes back to
 * those that were cut.
 *
 * @param items best first
 */
export function trimToTokens<Item>(items: readonly Item[], options: TrimOptions<Item>): Trimmed<Item> {
  const { maxTokens, textOf, placesOf, overheadOf } = options;
  const kept: Kept<Item>[] = [];
  let left = maxTokens;
  let missingTokens = 0;
  for (const [place, item] of items.entries()) {
    const text = textOf(item);
    const size = estimateTokens(text);
    const overhead = overheadOf(item);
    const areOthersWaiting = place < items.length - 1;
    const isLarge = areOthersWaiting && overhead + size > maxTokens / 2;
    if (overhead + size <= left && !isLarge) {
      kept.push({ item, text, allowance: null });
      left -= overhead + size;
      continue;
    }
    const allowance = Math.floor(Math.min(left, areOthersWaiting ? maxTokens / 2 : left)) - overhead;
    const cut = allowance < Math.min(minFragmentTokens, size) ? '' : cutAround(text, placesOf(item), allowance);
    if (cut === '') {
      missingTokens += size;
      continue;
    }
    kept.push({ item, text: cut, allowance });
    left -= overhead + estimateTokens(cut);
  }
  const widened = kept.map(({ item, text, allowance }): TrimmedItem<Item> => {
    if (allowance === null) return { item, text, isCut: false };
    const whole = textOf(item);
    const size = estimateTokens(text);
    const wider = cutAround(whole, placesOf(item), size + left);
    left -= Math.max(0, estimateTokens(wider) - size);
    const shown = estimateTokens(wider) >= size ? wider : text;
    missingTokens += Math.max(0, estimateTokens(whole) - estimateTokens(shown));
    return { item, text: shown, isCut: shown !== whole };
  });
  const leftOut = { items: items.length - kept.length, tokens: missingTokens };
  return { kept: widened, leftOut, tokens: maxTokens - left };
}

const ellipsis = '…';
const ellipsisTokens = 2;

/**
 * The sentence with the most places, and as many of those around it as fit, after it first; from the beginning where there are
 * no places. The whole text when it fits.
 *
 * @returns at most `maxTokens` by estimate; empty when nothing fits
 */
export function cutAround(text: string, places: readonly TextSpan[], maxTokens: number): string {
  if (estimateTokens(text) <= maxTokens) return text;
  const budget = maxTokens - ellipsisTokens;
  const sentences = splitSentences(text, maxSentenceLength);
  const best = bestSentence(sentences, places);
  const core = sentences[best];
  if (core === undefined || budget <= 0) return '';
  const slice = (from: number, to: number) =>
    text.slice(sentences[from]?.start ?? 0, sentences[to]?.end ?? text.length);
  if (estimateTokens(slice(best, best)) > budget) {
    const first = places.find(({ start, end }) => start >= core.start && end <= core.end)?.start ?? core.start;
    const from = first - core.start < 40 ? core.start : startOfWord(text, first - 30);
    const cut = cutToTokens(text.slice(from, core.end), budget);
    return cut === '' ? '' : `${from > 0 ? ellipsis : ''}${cut}${ellipsis}`;
  }
  // With what stands between two sentences. Sums, since a whole document may have thousands.
  const sizes = sentences.map(({ start, end }) => estimateTokens(text.slice(start, end)) + 1);
  let from = best;
  let to = best;
  let size = sizes[best] ?? 0;
  for (let canGrow = true; canGrow; ) {
    canGrow = false;
    for (const [next, isAfter] of [
      [to + 1, true],
      [from - 1, false],
    ] as const) {
      const more = sizes[next];
      if (more === undefined || size + more > budget) continue;
      size += more;
      if (isAfter) to = next;
      else from = next;
      canGrow = true;
    }
  }
  return `${from > 0 ? ellipsis : ''}${slice(from, to)}${to < sentences.length - 1 ? ellipsis : ''}`;
}

function bestSentence(sentences: readonly TextSpan[], places: readonly TextSpan[]): number {
  let best = 0;
  let most = 0;
  let place = 0;
  for (const [index, { start, end }] of sentences.entries()) {
    let count = 0;
    for (; place < places.length && (places[place]?.start ?? 0) < end; place++) {
      if ((places[place]?.start ?? 0) >= start) count++;
    }
    if (count > most) {
      best = index;
      most = count;
    }
  }
  return best;
}

function startOfWord(text: string, place: number): number {
  const space = text.indexOf(' ', Math.max(0, place));
  return space === -1 ? Math.max(0, place) : space + 1;
}
