/**
 * - `lost` in the source and not found; `duplicated` found more than once; `stale` found though the source has it no more
 * - `stuck` work that does not end by itself
 * - `missing_blobs` records that a document names and the store has not; `orphaned_*` what nobody needs and nothing removes
 */
export const damageKinds = [
  'lost',
  'duplicated',
  'stale',
  'stuck',
  'missing_blobs',
  'orphaned_blobs',
  'orphaned_rows',
] as const;
export type DamageKind = (typeof damageKinds)[number];
export type DamageCounts = Readonly<Record<DamageKind, number>>;

const notesKept = 10;

/** Counts what a round finds. */
export class Damage {
  readonly #counts: Record<DamageKind, number> = {
    lost: 0,
    duplicated: 0,
    stale: 0,
    stuck: 0,
    missing_blobs: 0,
    orphaned_blobs: 0,
    orphaned_rows: 0,
  };
  readonly #notes: string[] = [];
  readonly #seen: Set<string>;

  /** @param seen what earlier rounds found and counted already, as it stays where it is */
  constructor(seen: Set<string>) {
    this.#seen = seen;
  }

  get counts(): DamageCounts {
    return this.#counts;
  }

  /** The first ten findings in words. */
  get notes(): readonly string[] {
    return this.#notes;
  }

  note(kind: DamageKind, what: string): void {
    this.#counts[kind] += 1;
    if (this.#notes.length < notesKept) this.#notes.push(`${kind}: ${what}`);
  }

  noteOnce(kind: DamageKind, what: string): void {
    if (this.#seen.has(what)) return;
    this.#seen.add(what);
    this.note(kind, what);
  }
}
