import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';

/**
 * What each model once said of its dimensions, so that a start does not depend on whether it can be reached: JSON, by the
 * model's name and address. A file that cannot be read counts as empty; the model is asked again.
 */
export class DimensionsFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async find(model: string): Promise<number | undefined> {
    const value = (await this.#read())[model];
    return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : undefined;
  }

  async write(model: string, dimensions: number): Promise<void> {
    const text = JSON.stringify({ ...(await this.#read()), [model]: dimensions }, undefined, 2);
    const temporary = `${this.#path}.${randomUUID()}`;
    try {
      await writeFile(temporary, `${text}\n`, { mode: 0o600 });
      await rename(temporary, this.#path);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async #read(): Promise<Readonly<Record<string, unknown>>> {
    try {
      const parsed: unknown = JSON.parse(await readFile(this.#path, 'utf8'));
      return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
    } catch {
      return {}; // not there before the first answer of a model; a damaged one is written anew then
    }
  }
}
