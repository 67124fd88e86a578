/**
 * The name that was probably meant: the one with the fewest edits (insert, delete, replace) from what was written, where only
 * the part after the last dot may be written. Undefined when more than half of the characters would have to change.
 */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  const text = written.slice(0, 100).toLowerCase();
  const candidates = names
    .map((name) => {
      const lastPart = name.slice(name.lastIndexOf('.') + 1);
      return { name, distance: Math.min(countEdits(text, name), countEdits(text, lastPart)) };
    })
    .sort((a, b) => a.distance - b.distance);
  const best = candidates[0];
  return best !== undefined && best.distance <= text.length / 2 ? best.name : undefined;
}

/** Levenshtein distance, row by row. */
function countEdits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
