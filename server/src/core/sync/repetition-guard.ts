import { type Page, SourceError } from '../../connector-kit/index.ts';
import { toCanonicalJson } from '../shared/index.ts';
import { sha256 } from './hashes.ts';

/** A page may come again because something changed while it was read. */
const patience = 3;
/** Some sources say that they are still busy with a page that has nothing in it. */
const patienceWithEmptyPages = 1_000;

/**
 * Notices a stream whose pages come round and round: same objects, same checkpoint. Remembers one page at a time (Brent's
 * way of finding a cycle), so that it finds a round of any length and needs no memory for it.
 */
export class RepetitionGuard {
  #remembered = '';
  #sinceRemembered = 0;
  #rememberFor = 1;
  #meetings = 0;

  /** @throws SourceError('source') when the stream would never end */
  check(page: Page): void {
    const items = [...page.entities, ...(page.failures ?? []), ...(page.deletions ?? [])];
    const signature = sha256(toCanonicalJson(page.checkpoint), ...items.map(({ type, id }) => `${type}\n${id}`));
    this.#sinceRemembered += 1;
    if (signature === this.#remembered) {
      this.#meetings += 1;
      if (this.#meetings >= (items.length === 0 ? patienceWithEmptyPages : patience)) {
        throw new SourceError(
          'source',
          `The source gives the same ${items.length} objects over and over, and would do so for ever. What was read before is kept; nothing is deleted. Look whether its paging works, and run the sync again.`,
        );
      }
    } else if (this.#sinceRemembered >= this.#rememberFor) {
      this.#remembered = signature;
      this.#rememberFor = this.#sinceRemembered * 2;
      this.#sinceRemembered = 0;
      this.#meetings = 0;
    }
  }
}
