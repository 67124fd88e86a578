import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The repository's folder, with a slash at its end. */
export const repository = fileURLToPath(new URL('../../', import.meta.url));

/** A page of the documentation. */
export interface DocumentPage {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** A fenced block of code. */
export interface Snippet {
  /** What the fence says: `bash`, `json`, `ts`, …; empty for none. */
  readonly language: string;
  readonly code: string;
  /** Of the fence, from 1. */
  readonly line: number;
}

/** The pages for people who use Weft: what is also in the sample collection. */
export async function readGuides(): Promise<readonly DocumentPage[]> {
  const guides = (await readdir(`${repository}docs`)).filter((name) => name.endsWith('.md')).sort();
  return readPages(['README.md', ...guides.map((name) => `docs/${name}`)]);
}

/** Every page that is ours. */
export async function readAllPages(): Promise<readonly DocumentPage[]> {
  const decisions = (await readdir(`${repository}docs/decisions`)).filter((name) => name.endsWith('.md')).sort();
  const others = await readPages([
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    ...decisions.map((name) => `docs/decisions/${name}`),
  ]);
  return [...(await readGuides()), ...others];
}

export function readPages(paths: readonly string[]): Promise<readonly DocumentPage[]> {
  return Promise.all(paths.map(async (path) => ({ path, text: await readFile(`${repository}${path}`, 'utf8') })));
}

export function snippetsOf({ text }: DocumentPage): readonly Snippet[] {
  return [...text.matchAll(/^```(?<language>\S*)\n(?<code>.*?)^```$/gms)].map(({ groups, index }) => ({
    language: groups?.language ?? '',
    code: groups?.code ?? '',
    line: text.slice(0, index).split('\n').length,
  }));
}
