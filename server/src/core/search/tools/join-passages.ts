/** Passages of one document repeat up to so much of the one before, in UTF-16 units. */
const maxOverlap = 600;
/** Less may be equal by chance. */
const minOverlap = 20;

/** Neighbouring passages as one text; what the next repeats of the one before is there once. */
export function joinPassages(texts: readonly string[]): string {
  return texts.reduce((joined, text) => {
    if (joined === '') return text;
    const overlap = overlapOf(joined, text);
    return overlap === 0 ? `${joined}\n\n${text}` : joined + text.slice(overlap);
  }, '');
}

function overlapOf(before: string, after: string): number {
  for (let length = Math.min(maxOverlap, before.length, after.length); length >= minOverlap; length--) {
    if (before.endsWith(after.slice(0, length))) return length;
  }
  return 0;
}
