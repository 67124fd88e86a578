import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { choose, type Random } from './random.ts';

export interface FileState {
  /** In the present text and nowhere else. */
  readonly word: string;
  readonly text: string;
}

const folders = 20;

/** A folder of text files, each with a word that no other text ever had. */
export class SourceFolder {
  readonly path: string;
  readonly #files = new Map<string, FileState>();
  #nextWord = 0;

  static async create(): Promise<SourceFolder> {
    return new SourceFolder(join(await mkdtemp(join(tmpdir(), 'weft-chaos-folder-')), 'source'));
  }

  private constructor(path: string) {
    this.path = path;
  }

  /** By path relative to the folder. */
  get files(): ReadonlyMap<string, FileState> {
    return this.#files;
  }

  async fill(count: number, random: Random): Promise<void> {
    for (let i = 0; i < count; i += 1) await this.#write(`d${i % folders}/f${i}.txt`, random);
  }

  /** About `share` of the files change; a quarter of that goes, and as many come. */
  async change(random: Random, share: number): Promise<void> {
    for (const path of [...this.#files.keys()]) {
      const chance = random();
      if (chance < share / 4) {
        this.#files.delete(path);
        await rm(join(this.path, path));
      } else if (chance < share) await this.#write(path, random);
    }
    const added = Math.ceil((this.#files.size * share) / 4);
    for (let i = 0; i < added; i += 1) {
      await this.#write(`d${Math.floor(random() * folders)}/n${this.#nextWord}.txt`, random);
    }
  }

  /** A source that fails: all of it, or one folder chosen by `aim`, is away until the returned function is called. */
  async moveAway(what: 'all' | 'one', aim: number): Promise<() => Promise<void>> {
    const from =
      what === 'all'
        ? this.path
        : dirname(
            join(
              this.path,
              choose(() => aim, [...this.#files.keys()]),
            ),
          );
    const to = `${this.path}-away`;
    await rename(from, to);
    return () => rename(to, from);
  }

  async remove(): Promise<void> {
    await rm(dirname(this.path), { recursive: true, force: true });
  }

  async #write(path: string, random: Random): Promise<void> {
    const word = `zq${(this.#nextWord * 7919 + 13).toString(36)}x`;
    this.#nextWord += 1;
    const text = `The record at ${path} is filed under ${word} and nowhere else.\n\n${filler(random)}`;
    this.#files.set(path, { word, text });
    await mkdir(dirname(join(this.path, path)), { recursive: true });
    await writeFile(join(this.path, path), text);
  }
}

/** Every tenth file has several passages. */
function filler(random: Random): string {
  const paragraphs = random() < 0.1 ? Math.floor(random() * 40) : 0;
  return Array.from(
    { length: paragraphs },
    (_, line) => `Paragraph ${line} speaks of ${Math.floor(random() * 2 ** 32).toString(36)} and of the weather.\n\n`,
  ).join('');
}
